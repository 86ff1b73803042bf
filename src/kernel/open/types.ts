import { plus, type VAddr } from '../../base/address.ts';
import { LostError, MissingError } from '../../base/errors.ts';
import { Btf, openBtf } from '../../types/btf.ts';
import type { BtfSource } from '../../types/btf-blob.ts';
import { type ModuleBtf, TypeChain } from '../../types/chain.ts';
import { LayeredTypes } from '../../types/layered.ts';
import type { Types } from '../../types/types.ts';
import type { Finder } from '../core/sources.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';

/** Larger than any vmlinux's BTF, of about 5 MB. */
const MAX_BTF = 64 << 20;
/** Bound on modules; see MAX_MODULES of ../modules.ts. */
const MAX_BTF_MODULES = 16_384;
/** MODULE_NAME_LEN, include/linux/moduleparam.h. */
const MODULE_NAME_LEN = 64;

/**
 * The BTF that the linker puts between __start_BTF and __stop_BTF: 5.7 (90ceddcb4950, bpf: Support llvm-objcopy for
 * vmlinux BTF). Throws MissingError when the kernel was built without it.
 */
export const btfFinder = (target: Target): Finder<Types> => ({
  name: 'btf',
  open() {
    // From the kernel's own table: names of modules are known only with types.
    const start = target.symbols.kernel.named('__start_BTF')?.address;
    const stop = target.symbols.kernel.named('__stop_BTF')?.address;
    if (start === undefined || stop === undefined) {
      const { lost } = target.symbols.kernel;
      if (lost !== undefined) {
        const reason = `where the types are cannot be told: names of symbols are missing (${lost})`;
        throw new LostError('symbol', '__start_BTF', reason);
      }
      throw new MissingError(
        'symbol',
        '__start_BTF',
        'this kernel carries no BTF type information (CONFIG_DEBUG_INFO_BTF), which alone is read: crash answers with a vmlinux that has DWARF',
      );
    }
    const content = btfAt(target, start, Number(stop - start));
    return openBtf(content, target.arch.pointerSize);
  },
});

/** The types of modules; before 5.11 (36e68442d1af, bpf: Load and verify kernel module BTFs) there were none. */
export const moduleBtfFinder = (target: Target): Finder<Iterable<ModuleBtf>> => ({
  name: 'module-btf',
  open() {
    const head = target.symbols.kernel.named('btf_modules')?.address;
    if (head === undefined || !target.types.has('btf_module')) return undefined;
    return { [Symbol.iterator]: () => moduleBtfs(target, head) };
  },
});

/** The BTF of each module on the list `btf_modules` (struct btf_module and struct btf of kernel/bpf/btf.c). */
function* moduleBtfs(target: Target, head: VAddr): Generator<ModuleBtf> {
  const link = target.types.member('btf_module', 'list').offset;
  for (const entry of walkList(target.kernel, head, MAX_BTF_MODULES)) {
    const each = target.object('btf_module', plus(entry, -link));
    const btf = each.follow('btf');
    if (btf === undefined) continue;
    const module = btf.string('name', MODULE_NAME_LEN);
    yield { module, content: btfAt(target, btf.pointer('data'), btf.num('data_size')) };
  }
}

/** BTF in memory, read as needed: most commands use the first tenth of a kernel's. */
function btfAt(target: Target, start: VAddr, size: number): BtfSource {
  if (size < 24 || size > MAX_BTF) {
    throw new MissingError('table', 'BTF', `the BTF area of ${size} bytes cannot be one`);
  }
  return {
    length: size,
    read: (offset, length) => target.kernel.read(plus(start, offset), length),
    checkpoint: () => target.kernel.checkpoint(),
  };
}

/** The kernel's own types, from the first source that has them. Throws MissingError when none has. */
export function openKernelTypes(target: Target): Types {
  const types = target.sources.first('types');
  if (types === undefined) throw new MissingError('table', 'types');
  return types;
}

/** The DWARF of the vmlinux that was given, for a kernel without BTF. */
export const dwarfFinder = (target: Target): Finder<Types> => ({
  name: 'dwarf',
  ...(target.debug.kernel && { path: target.debug.kernel.file.path }),
  open: () => target.debug.kernel && target.debug.typesOf(target.debug.kernel.file),
});

/**
 * The kernel's types, then those of its modules (the kernel's alone where modules have none), then what the debugging
 * data given with the dump have besides.
 */
export function openAllTypes(target: Target): Types {
  const { types, debug } = target;
  const own =
    types instanceof Btf
      ? new TypeChain(types, () => target.sources.first('moduleTypes') ?? [])
      : types;
  if (debug.kernel) debug.typesOf(debug.kernel.file, (kind, name) => own.find(kind, name));
  return new LayeredTypes(own, FIRST_DEBUG_ID, () => debug.tables);
}

/** Numbers from here on are of debugging data (see DebugData.typesOf). */
const FIRST_DEBUG_ID = 2 ** 32;
