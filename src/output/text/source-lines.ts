import { joined, type SourcePlace } from '../../debuginfo/lines/source-lines.ts';
import { displayBytes } from './escape.ts';

/** `kernel/fork.c: 2586` with the directory that the unit was compiled in before it, as crash prints a source line. */
export const sourceLine = ({ directory, file, line }: SourcePlace): string =>
  `${displayBytes(joined(directory, file))}: ${line}`;
