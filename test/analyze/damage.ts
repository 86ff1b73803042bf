import { readFileSync } from 'node:fs';
import { withPages } from '../../dumps/other-pages.ts';
import { analysisOf } from '../../src/analyze/analyze.ts';
import { CHECKS } from '../../src/analyze/checks/index.ts';
import { runChecks } from '../../src/analyze/checks/run.ts';
import type { Fact } from '../../src/analyze/facts.ts';
import { reportOf } from '../../src/analyze/report.ts';
import { explains } from '../../src/analyze/rules/choose.ts';
import { openDumpFrom } from '../../src/dump/open.ts';
import type { Dump } from '../../src/dump/types.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { analysisLines } from '../../src/output/analyze/analysis-lines.ts';
import { ticketText } from '../../src/output/analyze/ticket.ts';
import { accidentOf } from './accidents.ts';
import { Pack } from './pack.ts';

/** What is done to a dump, by a number that says which pages and words. */
export interface Damage {
  /** Of so many pages one is missing; 0: none is. */
  readonly missingOneOf: number;
  /** So many words are other than they were. */
  readonly words: number;
  readonly seed: number;
}

let loaded: Pack | undefined;
/** The slices of real dumps, read once. */
export function accidents(): Pack {
  loaded ??= new Pack(readFileSync(new URL('accidents.pack', import.meta.url)));
  return loaded;
}

const files = new Map<string, Uint8Array>();
function fileOf(name: string): Uint8Array {
  let file = files.get(name);
  if (!file) {
    // Few at a time: a fuzzer asks for all of them.
    if (files.size >= 4) files.clear();
    file = accidents().kdump(name);
    files.set(name, file);
  }
  return file;
}

/** A number of 32 bits from others, equal ones from equal ones. */
function mixed(a: number, b: number): number {
  let x = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 1, 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return (x ^ (x >>> 15)) >>> 0;
}

/** Looks at a slice with some damage: all that `analyze` says of it is put in words, too. Returns the verdict. */
export function analyzeDamaged(name: string, damage: Damage): Fact {
  const bytes = fileOf(name);
  const dump = openDumpFrom([
    {
      path: name,
      size: bytes.length,
      read(offset, into) {
        const part = bytes.subarray(offset, offset + into.length);
        into.set(part);
        return part.length;
      },
      close() {},
    },
  ]);
  const target = openTarget(damaged(dump, damage));
  const analysis = analysisOf(target);
  const records = [...reportOf(target, analysis)];
  for (const record of runChecks(target, CHECKS))
    if (record.kind !== 'running') analysisLines(record);
  for (const record of records) analysisLines(record);
  ticketText(records, 'html');
  ticketText(records, 'markdown');
  return analysis.verdict;
}

function damaged(dump: Dump, { missingOneOf, words, seed }: Damage): Dump {
  const { memory } = dump;
  const present: number[] = [];
  for (const { start, end, status } of memory.runs())
    if (status === 'present') for (let pfn = start; pfn < end; pfn++) present.push(pfn);
  const isMissing = (pfn: number): boolean =>
    missingOneOf > 0 && mixed(pfn, seed) % missingOneOf === 0;
  const changes = new Map<number, [at: number, value: bigint][]>();
  for (let i = 0; i < words; i++) {
    const pfn = present[mixed(i, seed + 1) % present.length] as number;
    const list = changes.get(pfn) ?? [];
    list.push([(mixed(i, seed + 2) % 512) * 8, BADNESS[mixed(i, seed + 3) % BADNESS.length]!]);
    changes.set(pfn, list);
  }
  return withPages(dump, {
    status: (pfn) => (isMissing(pfn) ? 'excluded' : memory.status(pfn)),
    readPage(pfn, page) {
      if (isMissing(pfn)) return 'excluded';
      const status = memory.readPage(pfn, page);
      const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
      for (const [at, value] of changes.get(pfn) ?? []) view.setBigUint64(at, value, true);
      return status;
    },
  });
}

/** What damage leaves: nothing, all ones, poison, an address of nothing, a small number, text. */
const BADNESS = [
  0n,
  0xffff_ffff_ffff_ffffn,
  0x6b6b_6b6b_6b6b_6b6bn,
  0xffff_8880_0bad_0000n,
  0x7n,
  0x206f_7420_6461_6552n,
  0xffff_ffff_8100_0000n,
];

/**
 * Where pages are only missing, `analyze` is never certain of another thing than of the whole dump, or of its effect:
 * throws Error where it is; otherwise what the engine throws.
 */
export function checkDamaged(name: string, damage: Damage): void {
  const verdict = analyzeDamaged(name, damage);
  if (damage.words > 0 || verdict.certainty !== 'certain') return;
  const whole = { ...verdict, class: accidentOf(name).class };
  if (!explains(whole, verdict))
    throw new Error(
      `${name} without some pages (${JSON.stringify(damage)}) is certainly ${verdict.class}`,
    );
}
