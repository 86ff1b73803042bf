import { hex } from '../../base/address.ts';
import { fact } from '../facts.ts';
import { subjectOf, tellingCalls } from '../scene/chain.ts';
import type { EntryKind } from '../scene/entries.ts';
import { faultOf } from '../scene/fault.ts';
import type { Detector } from './detector.ts';
import { firstFault } from './pointer-fault.ts';

/** Exceptions that have no better name. */
export const trap: Detector = {
  name: 'trap',
  looksFor: 'the exception itself: a division by zero, an illegal instruction',
  needs: ['symbols', 'stack'],
  *find(scene) {
    const entry = firstFault(scene);
    if (!entry) return;
    const kind = TRAPS[entry.kind];
    if (kind === undefined) return;
    const fault = faultOf(scene, entry);
    if (fault.access === 'execute' && entry.kind !== 'divide-error') return;
    const subject = subjectOf(tellingCalls(entry.outer)[0]);
    const divisor =
      entry.kind === 'divide-error' ? divisorText(fault.text, entry.registers.values) : '';
    yield fact({
      class: 'trap',
      certainty: entry.kind === 'divide-error' ? 'certain' : 'likely',
      subject,
      summary: `${subject ?? 'the kernel'} raised ${kind}${divisor}`,
      evidence: [
        {
          text: `${entry.interrupted?.symbol ?? 'the kernel'}: ${fault.text ?? 'code that is not in the dump'}${divisor}`,
          command: `dis -r ${hex(fault.ip)}`,
          address: fault.ip,
        },
      ],
    });
  },
};

/** Exceptions that are not about an address. */
const TRAPS: Partial<Record<EntryKind, string>> = {
  'divide-error': 'a division error',
  'invalid-opcode': 'an invalid opcode',
  'control-protection': 'a control protection exception',
  'double-fault': 'a double fault',
  'other-trap': 'an exception',
};

/** `, %ecx = 0`: the divisor of a division by a register. */
function divisorText(text: string | undefined, values: object): string {
  const register = /^i?div\w* .*%([er]?)(\w+)$/.exec(text ?? '')?.[2]?.replace(/d$/, '');
  const value = (values as Record<string, bigint | undefined>)[register ?? ''];
  return value === undefined ? '' : `: the divisor %${register} is ${hex(value)}`;
}
