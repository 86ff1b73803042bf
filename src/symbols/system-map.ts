import { va } from '../base/address.ts';
import { CorruptError } from '../base/errors.ts';
import type { FileSymbol, SymbolFile } from './sorted-symbols.ts';

/** nm's output, which System.map is: `ffffffff81000000 T _text`. */
const LINE = /^([0-9a-f]{8,16}) ([A-Za-z?]) (\S{1,512})$/;
const MAX_SYMBOLS = 4 << 20;

/**
 * The symbols of a System.map. Lines that are not nm's are skipped. Throws CorruptError when the text has no `_text`
 * and no `_stext`: then it is no System.map.
 */
export function parseSystemMap(text: string): SymbolFile {
  const symbols: FileSymbol[] = [];
  for (const line of text.split('\n')) {
    const match = LINE.exec(line.trimEnd());
    if (match === null) continue;
    const [, address, type, name] = match as unknown as [string, string, string, string];
    symbols.push({ name, address: va(BigInt(`0x${address}`)), type });
    if (symbols.length > MAX_SYMBOLS)
      throw new CorruptError('System.map has more symbols than any kernel');
  }
  let start: bigint | undefined;
  for (const { name, address } of symbols) {
    if ((name === '_text' || name === '_stext') && (start === undefined || address < start)) {
      start = address;
    }
  }
  if (start === undefined) {
    throw new CorruptError('not a System.map: it has no _text and no _stext');
  }
  // Symbols after the image are absolute: vsyscall pages, VDSO constants.
  const end = symbols.find(({ name }) => name === '_end')?.address ?? va(-1n);
  return { symbols, image: { start, end: end + SCRATCH } };
}

/** .init.scratch lies behind _end and moves with the image; arch/x86/kernel/vmlinux.lds.S, 4 MiB and its alignment. */
const SCRATCH = 8n << 20n;
