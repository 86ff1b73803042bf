import { plus, type VAddr, va } from '../../base/address.ts';
import { CorruptError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';

/** One entry of sys_call_table. */
export interface Syscall {
  readonly number: number;
  /** The symbol that it points to; `sys_ni_syscall` for one that is not implemented. */
  readonly name: string;
  readonly address: VAddr;
}

/** Bound on system calls: every machine has fewer than 600. */
const MAX_SYSCALLS = 4096;

/** The entries of sys_call_table that point to functions, by number. Throws MissingError, ReadError. */
export function* syscalls(target: Target): Generator<Syscall, void> {
  const table = target.symbol('sys_call_table');
  const end = target.symbols.next(target.symbols.at(table)!.symbol)?.address ?? plus(table, 2048);
  const count = Math.floor(Number(end - table) / target.kernel.pointerSize);
  if (count > MAX_SYSCALLS) throw new CorruptError(`sys_call_table has ${count} entries`, table);
  const unimplemented = target.findSymbol('sys_ni_syscall');
  const bytes = target.kernel.read(table, count * target.kernel.pointerSize);
  for (const [number, word] of target.kernel.wordsOf(bytes).entries()) {
    const address = va(word);
    if (!target.symbols.isText(address)) continue;
    const found = target.symbols.at(address);
    if (found?.offset !== 0) continue;
    const name = address === unimplemented ? 'sys_ni_syscall' : found.symbol.name;
    yield { number, name, address };
  }
}
