import { CORE } from './core.ts';
import { DRIVERS } from './drivers.ts';
import { FS } from './fs.ts';
import { LOCKS } from './locks.ts';
import { MM } from './mm.ts';
import { NET } from './net.ts';
import { PER_CPU } from './per-cpu.ts';
import type { Declaration, GlobalTypes } from './types.ts';

/**
 * The types of global variables that kernels of every machine have. BTF types functions and per-CPU variables only, so
 * ordinary globals are declared here as the kernel's sources declare them. A name may stand under several types, one for
 * each era: the first whose words this kernel's types contain is taken (src/kernel/values/variables.ts).
 *
 * `[]` is an array whose declaration gives no length; `[*]` reaches up to the next symbol; `[2^n]` as well, to a power of
 * two; `[strlen]` to its NUL; `[NR_CPUS]` and `[MAX_NUMNODES]` are as wide as the masks of this kernel, and other
 * capitals are enumerators. `{0 int a; 8 long b}` is a struct without a tag, an offset before each member.
 */
export const GLOBALS: GlobalTypes = typesByName([
  ...CORE,
  ...MM,
  ...FS,
  ...DRIVERS,
  ...NET,
  ...LOCKS,
  ...PER_CPU,
]);

/** Types by the ending of a name, for variables without a declaration: the kernel's naming conventions. */
const CONVENTIONS: readonly (readonly [ending: string, type: string])[] = [
  ['_fops', 'const struct file_operations'],
  ['_aops', 'const struct address_space_operations'],
  ['_iops', 'const struct inode_operations'],
  ['_inode_operations', 'const struct inode_operations'],
  ['_dops', 'const struct dentry_operations'],
  ['_dentry_operations', 'const struct dentry_operations'],
  ['_sops', 'const struct super_operations'],
  ['_cachep', 'struct kmem_cache *'],
  ['_sched_class', 'const struct sched_class'],
  ['_prot', 'struct proto'],
  ['_fs_type', 'struct file_system_type'],
];

/** The types that the ending of a variable's name suggests; none for most names. */
export const conventionalTypes = (name: string): readonly string[] =>
  CONVENTIONS.filter(([ending]) => name.endsWith(ending) && name !== ending).map(
    ([, type]) => type,
  );

/** Types by name, of declarations by type. */
export function typesByName(declarations: readonly Declaration[]): GlobalTypes {
  // No prototype: `constructor` is no variable.
  const table: Record<string, string[]> = Object.create(null);
  for (const [type, names] of declarations) {
    for (const name of names.split(/\s+/)) {
      const known = table[name];
      if (known) known.push(type);
      else table[name] = [type];
    }
  }
  return table;
}
