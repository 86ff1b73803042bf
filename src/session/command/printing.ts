import type { Out, Printer } from './command.ts';

/** The records that may have a kind: one type may stand for several kinds. */
export type OfKind<R extends { readonly kind: string }, K> = R extends unknown
  ? K extends R['kind']
    ? R
    : never
  : never;

/** A printer for each kind of record. */
export type PrinterByKind<R extends { readonly kind: string }> = {
  readonly [K in R['kind']]: (record: OfKind<R, K>, out: Out) => void;
};

/** The printer of a command with several kinds of records. */
export const byKind =
  <R extends { readonly kind: string }>(printers: PrinterByKind<R>): Printer<R> =>
  (record, out) => {
    (printers[record.kind as R['kind']] as Printer<R>)(record, out);
  };

/** Prints the lines of each record. */
export const lineByLine =
  <R>(lines: (record: R) => Iterable<string>): Printer<R> =>
  (record, out) => {
    for (const line of lines(record)) out.line(line);
  };

/** A title that is printed once, before its first line. */
export function titleOnce(...lines: readonly string[]): (out: Out) => void {
  let isDue = true;
  return (out) => {
    if (isDue) for (const line of lines) out.line(line);
    isDue = false;
  };
}

/** The blank line between answers: called before each answer, it prints nothing before the first. */
export function blankBetween(): (out: Out) => void {
  let isFirst = true;
  return (out) => {
    if (!isFirst) out.line();
    isFirst = false;
  };
}

/** A table whose title is printed even when no record comes. */
export const withTitle = <R>(title: (out: Out) => void, row: Printer<R>): Printer<R> =>
  Object.assign(
    (record: R, out: Out): void => {
      title(out);
      row(record, out);
    },
    { end: title },
  );
