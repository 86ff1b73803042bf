import {
  type CommandContext,
  center,
  FlagNames,
  hex,
  type Notice,
  type PageFlag,
  type PageInfo,
  type PageMember,
  type PageMemberValue,
  pageFlagNames,
  pageFlagTable,
  pageHeader,
  pageLayout,
  pageMember,
  pageRow,
  pageRunRows,
  pageRuns,
  pagesOfRun,
  pfnOfAddress,
  pfnToPage,
  physicalDigits,
  plus,
  readPage,
  readPageMember,
  type Target,
  type VAddr,
  warning,
  wordSize,
} from '../../src/api.ts';
import type { Printers } from './parts.ts';

export type PageRecord =
  | { readonly kind: 'page-title'; readonly digits: number; readonly members: readonly string[] }
  | { readonly kind: 'page'; readonly page: PageInfo; readonly digits: number }
  | { readonly kind: 'page-run'; readonly pages: readonly PageInfo[]; readonly rows: () => string }
  | {
      readonly kind: 'page-members';
      readonly page: VAddr;
      readonly values: readonly PageMemberValue[];
    }
  | { readonly kind: 'page-flags'; readonly flags: bigint; readonly all: readonly PageFlag[] };

/** The members of `-m a,b,c`. Throws CrashError for one that struct page has not. */
export const chosenMembers = (target: Target, words: string | undefined): readonly PageMember[] =>
  words === undefined ? [] : words.split(',').map((name) => pageMember(target, name));

export const pageTitle = (target: Target, members: readonly PageMember[] = []): PageRecord => ({
  kind: 'page-title',
  digits: physicalDigits(target),
  members: members.map(({ name }) => name),
});

/** `kmem -p`, or with members `kmem -m`: every page struct. */
export function* everyPage(
  target: Target,
  members: readonly PageMember[],
): Generator<PageRecord | Notice> {
  yield pageTitle(target, members);
  const layout = pageLayout(target);
  const digits = physicalDigits(target);
  const flags = new FlagNames((word) => pageFlagNames(target, word));
  for (const run of pageRuns(target)) {
    const { bytes } = run;
    if (!bytes) {
      yield warning(`page structs at ${hex(run.page)} cannot be read`);
    } else if (members.length === 0) {
      yield {
        kind: 'page-run',
        // Decoded only for a program that reads records: the rows come straight from the bytes.
        get pages() {
          return pagesOfRun(target, run);
        },
        rows: () => pageRunRows({ ...run, bytes }, layout, flags, digits),
      };
    } else {
      for (let i = 0; i < run.count; i++) {
        const at = i * layout.size;
        const values = members.map((member) => readPageMember(member, bytes, at));
        yield { kind: 'page-members', page: plus(run.page, at), values };
      }
    }
  }
}

/** `kmem -p address`: the page struct itself, or that of the page where the address lies; nothing when neither. */
export function* pageAt(
  target: Target,
  address: VAddr,
  physical: boolean,
  members: readonly PageMember[],
  titled: boolean,
): Generator<PageRecord, boolean> {
  const pfn = physical ? Number(address >> 12n) : pfnOfAddress(target, address);
  const page = pfn === undefined ? undefined : pfnToPage(target, pfn);
  if (pfn === undefined || page === undefined) return false;
  if (!titled) yield pageTitle(target, members);
  if (members.length === 0) {
    yield { kind: 'page', page: readPage(target, page, pfn), digits: physicalDigits(target) };
    return true;
  }
  const bytes = target.kernel.read(page, pageLayout(target).size);
  const values = members.map((member) => readPageMember(member, bytes, 0));
  yield { kind: 'page-members', page, values };
  return true;
}

/** `kmem -g [flags]` */
export const flagTable = (target: Target, flags: bigint): PageRecord => ({
  kind: 'page-flags',
  flags,
  all: pageFlagTable(target),
});

/** Columns of the longest name of `enum pageflags`, its end mark included. */
const NAME_COLUMNS = '__NR_PAGEFLAGS'.length;

function memberText({ member, values }: PageMemberValue, radix: number): string {
  const { name, form, path } = member;
  const value = values[0] ?? 0n;
  const digits = path.size * 2;
  if (form === 'pointer') return `${value.toString(16).padStart(16, '0')}  `;
  if (form === 'bool') return `${value === 0n ? 'false' : 'true'}  `;
  const isCount = /^_(count|mapcount)/.test(name);
  if (form === 'words') {
    if (isCount) return `${BigInt.asIntN(32, value)}  `;
    const size = wordSize(member);
    const words = values.map((word) => word.toString(16).padStart(size * 2, '0')).join(',');
    // Structures of ints have no blanks after them.
    return size === 4 ? words : `${words}  `;
  }
  const base = name === 'flags' ? 16 : isCount ? 10 : radix;
  if (base === 10) return `${value}  `;
  const text = BigInt.asUintN(path.size * 8, value)
    .toString(16)
    .padStart(digits, '0');
  return form === 'signed' && path.size === 8 ? text : `${text}  `;
}

export const pagePrinters: Printers<PageRecord> = {
  'page-title'({ digits, members }, out) {
    const names = members.map((name) => `  ${name}`).join('');
    out.line(members.length === 0 ? pageHeader(digits) : `${center('PAGE', 16)}${names}`);
  },
  page({ page, digits }, out) {
    out.line(pageRow(page, digits));
  },
  'page-run'({ rows }, out) {
    out.write(rows());
  },
  'page-members'({ page, values }, out, { session }: CommandContext) {
    const texts = values.map((value) => memberText(value, session.settings.radix));
    out.line(`${hex(page)}  ${texts.join('')}`);
  },
  'page-flags'({ flags, all }, out) {
    const indent = flags === 0n ? '' : '  ';
    if (flags !== 0n) out.line(`FLAGS: ${hex(flags)}`);
    const columns = Math.max(NAME_COLUMNS, ...all.map(({ name }) => name.length));
    const bits = all.map(({ mask }) => mask.toString(2).length - 1);
    const digits = Math.floor((Math.max(0, ...bits) + 1) / 4) + 1;
    out.line(`${indent}${'PAGE-FLAG'.padEnd(columns)} BIT  VALUE`);
    const shown = all.filter(({ mask }) => flags === 0n || (flags & mask) !== 0n);
    for (const { name, mask } of shown) {
      const bit = String(mask.toString(2).length - 1).padStart(2);
      out.line(`${indent}${name.padEnd(columns)}  ${bit}  ${hex(mask).padStart(digits, '0')}`);
    }
    if (shown.length === 0) out.line('  (none found)');
  },
};
