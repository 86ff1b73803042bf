import { CrashError } from '../../base/errors.ts';
import type { CallFrame } from '../../debuginfo/frames/call-frame.ts';
import type { OrcEntry, StackAbi } from '../../unwind/types.ts';
import { debugFileAt } from '../core/source-places.ts';
import type { Target } from '../core/target.ts';

type Rules = (address: bigint) => OrcEntry | undefined;

/**
 * How functions are left: by the kernel's own tables (ORC), and where those have no word, or the kernel has none, by the
 * call frame information of a vmlinux given with the dump.
 */
export function unwindRules(target: Target): Rules {
  const orc: Rules = target.without.has('orc')
    ? () => undefined
    : target.machine.unwind.openRules(target);
  if (target.debug.isEmpty) return orc;
  return (address) => {
    const entry = orc(address);
    if (entry && entry.type !== 'undefined') return entry;
    return frameRule(target, address) ?? entry;
  };
}

/** The call frame information of an address in ORC's terms; undefined where it says more than those can. */
function frameRule(target: Target, address: bigint): OrcEntry | undefined {
  const found = debugFileAt(target, address);
  if (!found) return undefined;
  try {
    const frame = found.file.frames.at(found.link);
    return frame && orcOf(frame, target.machine.stacks.abi);
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    target.losses.report({ what: 'unwind rule', reason: `${found.file.path}: ${error.message}` });
    return undefined;
  }
}

function orcOf({ address, rules, returnRegister }: CallFrame, abi: StackAbi): OrcEntry | undefined {
  if (address.kind !== 'register') return undefined;
  const base = abi.debugRegisters[address.register];
  if (base !== 'sp' && base !== 'bp') return undefined;
  const returns = rules.get(returnRegister);
  // ORC knows return addresses right below the frame address only.
  if (returns?.kind !== 'offset' || returns.offset !== -abi.wordSize) return undefined;
  const bp = rules.get(abi.debugRegisters.indexOf('bp'));
  if (bp !== undefined && bp.kind !== 'offset' && bp.kind !== 'same') return undefined;
  return {
    spReg: base,
    spOffset: address.offset,
    bpReg: bp?.kind === 'offset' ? 'prev-sp' : 'undefined',
    bpOffset: bp?.kind === 'offset' ? bp.offset : 0,
    type: 'call',
  };
}
