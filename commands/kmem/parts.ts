import type { Counter } from '../../src/kernel/mm/vmstat.ts';
import type { Out, PrintContext } from '../../src/session/command/command.ts';
import type { Mode } from './request.ts';

/** Facts about the command line and the machine that the parts' printers need. */
export interface Layout {
  /** The option that chose the output; undefined for an address alone. */
  readonly mode: Mode | undefined;
  /** Addresses were given. */
  readonly isAddressed: boolean;
  /** A slab cache was named. */
  readonly isNamed: boolean;
  /** The members of -m. */
  readonly members: readonly string[];
  readonly settings: PrintContext['settings'];
  readonly widths: PrintContext['widths'];
}

/** Pages of 4096 bytes as crash sizes them: `465 MB`, `2.9 GB`, `76 KB`, `0`. */
export function pagesToSize(pages: number): string {
  if (pages === 0) return '0';
  const bytes = pages * 4096;
  if (bytes >= 2 ** 30) return unit(bytes / 2 ** 30, 'GB');
  if (bytes >= 2 ** 20) return unit(bytes / 2 ** 20, 'MB');
  return `${Math.floor(bytes / 1024)} KB`;
}

/** One decimal as C's printf rounds it: half to even. A whole number goes without. */
function unit(value: number, name: string): string {
  const tenths = value * 10;
  const floor = Math.floor(tenths);
  const isTie = tenths - floor === 0.5;
  const rounded = isTie ? floor + (floor % 2) : Math.round(tenths);
  return `${rounded % 10 === 0 ? rounded / 10 : (rounded / 10).toFixed(1)} ${name}`;
}

/** A share in percent, rounded down as crash does; 0 of nothing is 0. */
export const percent = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.trunc((part * 100) / whole);

/** Counters with their names in a right-justified column. */
export function printCounters(
  counters: readonly Counter[],
  out: Out,
  width = Math.max(0, ...counters.map((c) => c.name.length)),
): void {
  for (const { name, value } of counters) out.line(`${name.padStart(width)}: ${value}`);
}
