import type { VAddr } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { debuggerName } from '../../symbols/debugger-name.ts';
import type { ValueEnvironment } from '../../types/value.ts';
import type { Target } from '../core/target.ts';

/** What the value printer needs of a dump: types, names of addresses, memory behind pointers. */
export const valueEnvironment = (target: Target): ValueEnvironment => target.memo(makeEnvironment);

const makeEnvironment = (target: Target): ValueEnvironment => ({
  types: target.allTypes,
  symbolize: (address) => nameOf(target, address as VAddr),
  read: (address, length) => target.kernel.read(address as VAddr, length),
});

/** `init_task`, `init_task+2192`; undefined for an address without a name, and where there are no symbols. */
function nameOf(target: Target, address: VAddr): string | undefined {
  try {
    return debuggerName(target.symbols, address);
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}
