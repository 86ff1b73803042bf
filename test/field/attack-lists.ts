import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { withPages } from '../../dumps/other-pages.ts';
import type { Dump } from '../../src/dump/types.ts';

const folder = fileURLToPath(new URL('../../../shared/field/attack/', import.meta.url));

/** One change of a dump's memory, as the lists beside the checkout have it. */
type Change =
  | { readonly pfn: number; readonly absent: true }
  | { readonly pfn: number; readonly fill: number }
  | { readonly pfn: number; readonly page: string }
  | { readonly paddr: string; readonly bytes: string };

/** A dump, what was done to it, and the command that met it. */
export interface AttackList {
  readonly name: string;
  readonly dump: string;
  readonly command: string;
  readonly patches: readonly Change[];
}

/** The lists that change memory alone; none where they are not beside the checkout. */
export const attackLists: readonly AttackList[] = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((file) => file.endsWith('.json'))
  .map((file) => ({
    ...(JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as Omit<AttackList, 'name'>),
    name: file.replace('.json', ''),
  }))
  .filter(({ patches }) => patches.every((change) => 'pfn' in change || 'paddr' in change));

/** A dump with other memory. */
export function attacked(dump: Dump, patches: readonly Change[]): Dump {
  const pages = new Map<number, Uint8Array>();
  const absent = new Set<number>();
  const { memory } = dump;
  const pageOf = (pfn: number): Uint8Array => {
    let page = pages.get(pfn);
    if (!page) {
      page = new Uint8Array(4096);
      memory.readPage(pfn, page);
      pages.set(pfn, page);
    }
    return page;
  };
  for (const change of patches) {
    if ('paddr' in change) {
      const from = Number(change.paddr);
      for (const [at, byte] of Buffer.from(change.bytes, 'hex').entries())
        pageOf(Math.floor((from + at) / 4096))[(from + at) % 4096] = byte;
    } else if ('fill' in change)
      pages.set(Number(change.pfn), new Uint8Array(4096).fill(change.fill));
    else if ('page' in change)
      pages.set(
        Number(change.pfn),
        new Uint8Array(inflateRawSync(Buffer.from(change.page, 'base64'))),
      );
    else absent.add(Number(change.pfn));
  }
  return withPages(dump, {
    status: (pfn) => (absent.has(pfn) ? 'excluded' : memory.status(pfn)),
    readPage(pfn, page) {
      if (absent.has(pfn)) return 'excluded';
      const changed = pages.get(pfn);
      if (!changed) return memory.readPage(pfn, page);
      page.set(changed);
      return 'present';
    },
  });
}
