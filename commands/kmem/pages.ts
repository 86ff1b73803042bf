import { type Bits, hex, plus, type VAddr } from '../../src/base/address.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import {
  type PageMember,
  type PageMemberValue,
  pageMember,
  readPageMember,
} from '../../src/kernel/mm/page-members.ts';
import {
  type PageFlag,
  type PageInfo,
  pageAt,
  pageFlagNames,
  pageFlagTable,
  pageLayout,
  pagesOfRun,
  pfnOfAddress,
} from '../../src/kernel/mm/pages.ts';
import { type PageRun, pageRuns, pfnToPage } from '../../src/kernel/mm/sections.ts';
import { memberText } from '../../src/output/mm/page-member-rows.ts';
import {
  FlagNames,
  pageHeader,
  pageMemberRows,
  pageRow,
  pageRunRows,
} from '../../src/output/mm/page-rows.ts';
import { center } from '../../src/output/text/justify.ts';
import { type Notice, warning } from '../../src/session/command/command.ts';
import { type PrinterByKind, titleOnce } from '../../src/session/command/printing.ts';
import type { Layout } from './parts.ts';

interface PageMembers {
  readonly page: VAddr;
  readonly values: readonly PageMemberValue[];
}

export type PageRecord =
  /** The following page structs have so many bytes each. */
  | { readonly kind: 'pages'; readonly size: number }
  | { readonly kind: 'page'; readonly page: PageInfo }
  /** Consecutive page structs. `rows` makes their text straight from the bytes: there may be millions. */
  | {
      readonly kind: 'page-run';
      readonly pages: readonly PageInfo[];
      readonly rows: (physicalDigits: number) => string;
    }
  | {
      readonly kind: 'page-members';
      readonly pages: readonly PageMembers[];
      readonly rows: (radix: number) => string;
    }
  | { readonly kind: 'page-flags'; readonly flags: Bits; readonly all: readonly PageFlag[] };

/** The members of `-m a,b,c`. Throws CrashError for one that struct page does not have. */
export const chosenMembers = (target: Target, words: string | undefined): readonly PageMember[] =>
  words === undefined ? [] : words.split(',').map((name) => pageMember(target, name));

/** `kmem -p`, or with members `kmem -m`: every page struct. */
export function* everyPage(
  target: Target,
  members: readonly PageMember[],
): Generator<PageRecord | Notice> {
  const layout = pageLayout(target);
  yield { kind: 'pages', size: layout.size };
  const flags = new FlagNames((word) => pageFlagNames(target, word));
  for (const run of pageRuns(target)) {
    const { bytes } = run;
    if (!bytes) {
      yield warning(`page structs at ${hex(run.page)} cannot be read`);
    } else if (members.length === 0) {
      yield {
        kind: 'page-run',
        // Decoded only for programs that read records: the rows are made from the bytes.
        get pages() {
          return pagesOfRun(target, run);
        },
        rows: (digits) => pageRunRows({ ...run, bytes }, layout, flags, digits),
      };
    } else {
      yield membersOf(target, { ...run, bytes }, members);
    }
  }
}

const membersOf = (
  target: Target,
  run: PageRun & { readonly bytes: Uint8Array },
  members: readonly PageMember[],
): PageRecord => ({
  kind: 'page-members',
  get pages() {
    const { size } = pageLayout(target);
    return Array.from({ length: run.count }, (_, i) => ({
      page: plus(run.page, i * size),
      values: members.map((member) => readPageMember(member, run.bytes, i * size)),
    }));
  },
  rows: (radix) =>
    pageMemberRows(
      run,
      pageLayout(target).size,
      members.map((member) => memberText(member, radix)),
    ),
});

/** `kmem -p address`: the page struct itself, or that of the address's page; nothing when there is neither. */
export function* pageRecordAt(
  target: Target,
  address: VAddr,
  physical: boolean,
  members: readonly PageMember[],
): Generator<PageRecord, boolean> {
  const pfn = physical ? target.pfnOf(address) : pfnOfAddress(target, address);
  const page = pfn === undefined ? undefined : pfnToPage(target, pfn);
  if (pfn === undefined || page === undefined) return false;
  yield { kind: 'pages', size: pageLayout(target).size };
  if (members.length === 0) {
    yield { kind: 'page', page: pageAt(target, page, pfn) };
    return true;
  }
  const bytes = target.kernel.read(page, pageLayout(target).size);
  yield membersOf(target, { pfn, page, count: 1, bytes }, members);
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

export function pagePrinters({
  mode,
  members,
  widths,
  settings,
}: Layout): PrinterByKind<PageRecord> {
  const names = members.map((name) => `  ${name}`).join('');
  const text = members.length === 0 ? pageHeader(widths.physical) : `${center('PAGE', 16)}${names}`;
  let title = titleOnce(text);
  return {
    pages(_, out) {
      // With an address alone, each page is a table of its own.
      if (mode === undefined) title = titleOnce(text);
      title(out);
    },
    page({ page }, out) {
      out.line(pageRow(page, widths.physical));
    },
    'page-run'({ rows }, out) {
      out.write(rows(widths.physical));
    },
    'page-members'({ rows }, out) {
      out.write(rows(settings.radix));
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
}
