import { plus, type VAddr, va } from '../../base/address.ts';
import { cString, viewOf } from '../../base/bytes.ts';
import { CrashError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { moduleList } from '../modules.ts';

/** A place of the source where the kernel checks itself: a BUG() or a WARN(). */
export interface BugEntry {
  readonly isWarning: boolean;
  /** A WARN_ONCE that has fired before. */
  readonly hasFired: boolean;
  /** As the compiler named it; undefined on kernels without CONFIG_DEBUG_BUGVERBOSE. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** Of the entry in the table. */
  readonly address: VAddr;
}

/** include/asm-generic/bug.h: BUGFLAG_WARNING, BUGFLAG_DONE. */
const BUGFLAG_WARNING = 1;
const BUGFLAG_DONE = 4;
/** A larger table is damage: a kernel has some ten thousand entries. */
const MAX_TABLE = 16 << 20;
const MAX_FILE = 256;

/**
 * The entry of the bug table (struct bug_entry, include/asm-generic/bug.h) for the instruction at an address, of the
 * kernel or of the module that it lies in. Undefined where there is none. Throws MissingError, ReadError.
 */
export function bugAt(target: Target, address: VAddr): BugEntry | undefined {
  for (const { base, size } of tables(target, address)) {
    if (size <= 0 || size > MAX_TABLE) continue;
    const found = findEntry(target, base, target.kernel.read(base, size), address);
    if (found) return found;
  }
  return undefined;
}

function* tables(target: Target, address: VAddr): Generator<{ base: VAddr; size: number }> {
  const name = target.symbols.at(address)?.symbol.module;
  if (name === undefined) {
    const base = target.symbol('__start___bug_table');
    yield { base, size: Number(target.symbol('__stop___bug_table') - base) };
    return;
  }
  const module = moduleList(target).modules.find((each) => each.name === name);
  if (!module) return;
  const object = target.object('module', module.address);
  const count = object.num('num_bugs');
  yield { base: object.pointer('bug_table'), size: count * target.types.sizeof('bug_entry') };
}

function findEntry(
  target: Target,
  base: VAddr,
  bytes: Uint8Array,
  address: VAddr,
): BugEntry | undefined {
  const { types } = target;
  const size = types.sizeof('bug_entry');
  // CONFIG_GENERIC_BUG_RELATIVE_POINTERS: distances from the addresses of the members themselves.
  const relative = types.findMember('bug_entry', 'bug_addr_disp');
  const code = relative ?? types.member('bug_entry', 'bug_addr');
  const flags = types.member('bug_entry', 'flags');
  const view = viewOf(bytes);
  for (let at = 0; at + size <= bytes.length; at += size) {
    const place = at + code.offset;
    const found = relative
      ? plus(base, place + view.getInt32(place, true))
      : va(view.getBigUint64(place, true));
    if (found !== address) continue;
    const bits = view.getUint16(at + flags.offset, true);
    return {
      isWarning: (bits & BUGFLAG_WARNING) !== 0,
      hasFired: (bits & BUGFLAG_DONE) !== 0,
      ...placeOf(target, plus(base, at)),
      address: plus(base, at),
    };
  }
  return undefined;
}

function placeOf(
  target: Target,
  entry: VAddr,
): { readonly file: string | undefined; readonly line: number | undefined } {
  const object = target.object('bug_entry', entry);
  if (!object.has('line')) return { file: undefined, line: undefined };
  try {
    const file = object.has('file_disp')
      ? plus(object.addressOf('file_disp'), Number(object.big('file_disp')))
      : object.pointer('file');
    const bytes = target.kernel.tryRead(file, MAX_FILE);
    const name = bytes ? cString(bytes) : target.kernel.cstring(file, MAX_FILE);
    return { file: name, line: object.num('line') };
  } catch (error) {
    if (error instanceof CrashError) return { file: undefined, line: object.num('line') };
    throw error;
  }
}
