import { hex } from '../../base/address.ts';
import { isLost, type LeafEntry, type Translation } from '../../kernel/mm/translate.ts';
import { entryLead, entryRows, reservedLines } from './entry-rows.ts';
import { pageHeader, pageRow } from './page-rows.ts';
import { vmaHeader, vmaRow } from './vma-rows.ts';

/** Columns of an address in the first two lines. */
const COLUMNS = { kernel: 16, user: 10 } as const;
const PHYSICAL_COLUMNS = 16;

const STATES: Readonly<Record<Exclude<Translation['state'], 'mapped' | 'not-kernel'>, string>> = {
  'not-mapped': '(not mapped)',
  unknown: '(page not available)',
  'not-accessible': '(not accessible)',
};

/**
 * A translation as crash's vtop prints it. Where an absent page's place is unknown the text ends within a line: crash's
 * error message continues it (see {@link isLost}).
 */
export function translationText(translation: Translation, physicalDigits: number): string {
  const { space, state, virtual } = translation;
  const width = translation.directoryEntry === undefined ? COLUMNS[space] : 8;
  const lines = [`${'VIRTUAL'.padEnd(width)}  ${'PHYSICAL'.padEnd(PHYSICAL_COLUMNS)}`];
  if (state === 'not-kernel') {
    lines.push(`${hex(virtual).padEnd(8)}  (not a kernel virtual address)`, '');
    return text(lines);
  }
  const place =
    state === 'mapped' ? hex(translation.physical ?? 0n).padEnd(PHYSICAL_COLUMNS) : STATES[state];
  lines.push(`${hex(virtual).padEnd(width)}  ${place}`, '');
  if (state === 'not-accessible') return text(lines);
  lines.push(
    ...(translation.directoryEntry === undefined ? walkLines : shortWalkLines)(translation),
  );
  const { leaf } = translation;
  if (leaf && isLost(translation)) return `${text([...lines, ''])}${entryLead(leaf.entry)}`;
  if (leaf && isShown(translation, leaf))
    lines.push('', ...entryRows(leaf), ...reservedLines(leaf));
  lines.push('');
  if (translation.vma)
    lines.push(
      vmaHeader,
      vmaRow(translation.vma, translation.vma.fileName),
      ...elsewhere(translation),
    );
  if (translation.vma) lines.push('');
  if (translation.pageStruct)
    lines.push(pageHeader(physicalDigits), pageRow(translation.pageStruct, physicalDigits));
  return text(lines);
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** crash decodes absent entries of 4 KiB pages only; we also show those of poisoned or migrating huge pages. */
const isShown = ({ steps }: Translation, { absent }: LeafEntry): boolean =>
  absent === undefined || 'pfn' in absent || steps.at(-1)?.level === 'PTE';

/** The kernel's own table is shown by its address, a task's by its content. */
function walkLines({ directory, steps, page, space }: Translation): string[] {
  const lines = steps.map(
    ({ level, entryAddress, entry }) => `   ${level}: ${hex(entryAddress)} => ${hex(entry)}`,
  );
  if (directory !== undefined) {
    lines.splice(0, 1, `PGD DIRECTORY: ${hex(directory)}`);
    const [top] = steps;
    if (top) lines.splice(1, 0, `PAGE DIRECTORY: ${hex(top.entry)}`);
  }
  if (!page) return lines;
  const kind = page.size === 2 ** 30 ? '1GB' : page.size === 2 ** 21 ? '2MB' : '';
  const notes = [kind, page.zero ? 'ZERO PAGE' : ''].filter((note) => note !== '').join(', ');
  const noted = notes === '' ? '' : `(${notes})`;
  const blanks = noted !== '' || space === 'user' ? '  ' : '';
  lines.push(`  PAGE: ${hex(page.physical)}${blanks}${noted}`);
  return lines;
}

const SHORT_SIZES: Readonly<Record<number, string>> = {
  [2 ** 22]: '  (4MB)',
  [2 ** 21]: '  (2MB)',
};

/** i386's walk. Of two levels crash shows the middle one too, which is folded into the first. */
function shortWalkLines({ directory, directoryEntry, steps, page }: Translation): string[] {
  const row = (level: string, address: bigint, entry: bigint) =>
    `  ${level}: ${hex(address).padStart(8)} => ${hex(entry)}`;
  const lines = [`PAGE DIRECTORY: ${hex(directory ?? 0n)}`];
  for (const [i, { level, entryAddress, entry }] of steps.entries()) {
    if (i === 0) lines.push(row(level, directoryEntry ?? entryAddress, entry));
    else {
      const [top] = steps;
      if (i === 1 && level === 'PTE' && top)
        lines.push(row('PMD', directoryEntry ?? 0n, top.entry));
      lines.push(row(level, entryAddress, entry));
    }
  }
  if (page) lines.push(` PAGE: ${hex(page.physical).padStart(8)}${SHORT_SIZES[page.size] ?? ''}`);
  return lines;
}

/** The place of the content of a page that is not in memory. */
function elsewhere({ state, leaf, vma, fileOffset }: Translation): string[] {
  if (state !== 'not-mapped') return [];
  const absent = leaf?.absent;
  if (absent?.kind === 'swap') return ['', `SWAP: ${absent.device}  OFFSET: ${absent.offset}`];
  if (absent && 'pfn' in absent) return [];
  return fileOffset === undefined ? [] : ['', `FILE: ${vma?.fileName}  OFFSET: ${hex(fileOffset)}`];
}
