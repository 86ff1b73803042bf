import { latin1 } from '../../base/bytes.ts';
import type { Target } from '../core/target.ts';
import { readLog } from '../printk/log.ts';

/** A module as the kernel's own reports name it. */
export interface LinkedModule {
  readonly name: string;
  /** Letters of its taints; `+` while it is loaded, `-` while it is unloaded. */
  readonly taints: string;
}

const START = 'Modules linked in: ';
const MODULE = /([\w-]+)(?:\(([A-Z+-]*)\))?/y;

/**
 * The modules of the log's last report (print_modules of kernel/module/main.c), in its order: what is known of modules
 * where their list is not found. Empty when the log has none, or cannot be read to there.
 */
export function linkedModules(target: Target): LinkedModule[] {
  let last = '';
  for (const record of readLog(target)) {
    if (!('text' in record)) continue;
    for (const line of latin1(record.text).split('\n'))
      if (line.startsWith(START)) last = line.slice(START.length);
  }
  const modules: LinkedModule[] = [];
  for (const word of last.split(' ')) {
    MODULE.lastIndex = 0;
    const [whole, name = '', taints = ''] = MODULE.exec(word) ?? [];
    // After the list comes what was unloaded last: "[last unloaded: x]".
    if (whole !== word) break;
    modules.push({ name, taints });
  }
  return modules;
}
