import { MissingError } from '../../base/errors.ts';
import type { MemberPath, Types } from '../../types/types.ts';

/** Offsets of a structure's members, resolved once for a hot loop. */
export type Layout<K extends string> = { readonly [key in K]: number } & { readonly size: number };

/** Look-ups of members in a kernel's types, each made once. */
export class MemberCache {
  readonly #types: () => Types;
  readonly #members = new Map<string, Map<string, MemberPath | undefined>>();

  constructor(types: () => Types) {
    this.#types = types;
  }

  /** The member at a path of a type; undefined when absent. */
  find(type: string, path: string): MemberPath | undefined {
    let members = this.#members.get(type);
    if (!members) {
      members = new Map();
      this.#members.set(type, members);
    }
    const known = members.get(path);
    if (known !== undefined || members.has(path)) return known;
    const found = this.#types().findMember(type, path);
    members.set(path, found);
    return found;
  }

  /** Byte offsets of members: see `Target.layout`. Throws MissingError. */
  layout<K extends string>(
    type: string,
    members: Readonly<Record<K, string | readonly string[]>>,
  ): Layout<K> {
    const offsets: Record<string, number> = { size: this.#types().sizeof(type) };
    for (const [key, paths] of Object.entries<string | readonly string[]>(members)) {
      const wanted = typeof paths === 'string' ? [paths] : paths;
      const found = wanted.map((path) => this.find(type, path)).find((member) => member);
      if (!found) throw new MissingError('member', `${type}.${wanted.join(' or ')}`);
      offsets[key] = found.offset;
    }
    return offsets as Layout<K>;
  }
}
