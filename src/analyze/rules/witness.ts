import { latin1 } from '../../base/bytes.ts';
import { readLog } from '../../kernel/printk/log.ts';
import type { ClassName } from '../classes.ts';
import { plainName } from '../scene/code-names.ts';
import type { Scene } from '../scene/scene.ts';

/** What the kernel's log says of a death, as a witness beside memory. */
export interface Testimony {
  /** Lines that speak of this class, in their order, at most {@link MOST_LINES}. */
  readonly quotes: readonly string[];
  /** Where the log says another thing than memory, as sentences. */
  readonly contradictions: readonly string[];
  /** The log cannot be read, or holds no line of a death. */
  readonly isSilent: boolean;
}

const MOST_LINES = 4;
/** The end of the log is searched: what killed the machine stands there. */
const MOST_RECORDS = 4000;

/** What the log says where memory shows a class. */
const WORDS: Partial<Record<ClassName, RegExp>> = {
  'machine-check': /Machine [Cc]heck|\[Hardware Error\]/,
  'poisoned-memory': /Memory failure|hardware memory (?:corruption|error)|HWPoison/i,
  'migration-race': /corrected|soft offline|Memory failure|general protection/i,
  'null-pointer': /NULL pointer dereference/,
  'error-pointer': /unable to handle (?:page fault|kernel paging request)|NULL pointer/,
  'use-after-free': /KASAN|general protection|unable to handle|slab-use-after-free/,
  'non-canonical': /general protection fault/,
  'wild-pointer': /unable to handle (?:page fault|kernel paging request)/,
  'wild-jump': /Bad RIP value|tried to execute NX|unable to handle|Code: Unable to access/,
  'stack-overflow': /stack guard page|stack overflow/i,
  'stack-smashed': /stack-protector|corrupted stack end/,
  bug: /kernel BUG at/,
  warning: /WARNING: /,
  'list-corruption': /list_(?:add|del) corruption/,
  refcount: /refcount_t:/,
  'slab-corruption': /BUG \S+ \(|kernel BUG at|Redzone|Poison overwritten|Object already free/,
  'soft-lockup': /soft lockup/,
  'hard-lockup': /hard LOCKUP/i,
  'rcu-stall': /detected stalls|self-detected stall/,
  'hung-task': /blocked for more than/,
  deadlock: /blocked for more than/,
  'orphaned-lock': /blocked for more than/,
  'stuck-ipi': /soft lockup|csd: |CSD lock/,
  'out-of-memory': /Out of memory|panic_on_oom|no killable/,
  leak: /Out of memory|panic_on_oom|no killable/,
  'init-died': /Attempted to kill init/,
  'filesystem-panic': /(?:EXT4|XFS|BTRFS|F2FS|JBD2|EXT3)[- ]?\S* ?\(?(?:device |error|panic)/,
  sysrq: /sysrq: /i,
  firmware: /NMI|Fatal hardware error/,
  'atomic-sleep': /scheduling while atomic|sleeping function called/,
  sanitizer: /KASAN|KFENCE|UBSAN|KCSAN|KMSAN/,
  lockdep: /possible circular locking|inconsistent lock state|possible recursive locking/,
};

/** The lines of the log that speak of a class, and what of them memory does not confirm. */
export function testimony(
  scene: Scene,
  name: ClassName,
  fault: { readonly address: bigint | undefined; readonly function: string | undefined },
): Testimony {
  const lines: string[] = [];
  for (const record of readLog(scene.target)) {
    if (!('text' in record)) continue;
    lines.push(...latin1(record.text).split('\n'));
    if (lines.length > 2 * MOST_RECORDS) lines.splice(0, lines.length - MOST_RECORDS);
  }
  const panics = lines.some((line) =>
    /Kernel panic|Oops|BUG:|kernel BUG|general protection/.test(line),
  );
  const words = WORDS[name];
  const quotes = words ? lines.filter((line) => words.test(line)).slice(-MOST_LINES) : [];
  return { quotes, contradictions: disagreements(lines, fault), isSilent: !panics };
}

/** The address and the function of the last fault, as the log has them, against memory's. */
function disagreements(
  lines: readonly string[],
  { address, function: name }: { address: bigint | undefined; function: string | undefined },
): string[] {
  const found: string[] = [];
  const said = lastMatch(
    lines,
    /(?:for address:|dereference, address:|request at|dereference at) (?:virtual address )?([0-9a-f]{8,16})/,
  );
  if (said !== undefined && address !== undefined && BigInt(`0x${said}`) !== address)
    found.push(
      `the log names the address ${said}, and the instruction with the registers gives ${address.toString(16)}`,
    );
  const ip = lastMatch(lines, /RIP: [0-9a-f]+:([A-Za-z_][\w.]*)\+0x/);
  if (
    ip !== undefined &&
    name !== undefined &&
    plainName(ip) !== plainName(name) &&
    !named(lines, name)
  )
    found.push(`the log names ${ip}() as the place, and the stack ${name}()`);
  return found;
}

/** Whether the log has a place in a function: an oops is often followed by one of another CPU. */
const named = (lines: readonly string[], name: string): boolean =>
  lines.some((line) => /RIP: [0-9a-f]+:/.test(line) && line.includes(plainName(name)));

function lastMatch(lines: readonly string[], pattern: RegExp): string | undefined {
  for (let i = lines.length - 1; i >= 0; i--) {
    const match = pattern.exec(lines[i] as string);
    if (match) return match[1];
  }
  return undefined;
}
