/** Address words as the kernel, crash and its users' mails print them. */

/** What a pasted word may mean: the address of a symbol, and the contents of a register of the current context. */
export interface PastedNames {
  symbol(name: string): bigint | undefined;
  register(name: string): bigint | undefined;
}

/** `#1 [ffffcca9004fbcc0] __crash_kexec at ffffffff9e764067`, a line of `bt`: its text address. */
const BT_LINE = /^#\d+ \[[0-9a-f]{8,16}\] \S+ at ([0-9a-f]{8,16})(?: \[\S+\])?$/;
/** `[<ffffffff81000000>]` and what stands after it in the kernel's old Call Trace. */
const TRACE_LINE =
  /^\[<([0-9a-f]{8,16})>\](?: \?)?(?: \S+\+0x[0-9a-f]+\/0x[0-9a-f]+)?(?: \[\S+\])?$/;
const ADDRESS = /^(?:0x)?[0-9a-f]{8,16}$/i;
const AFTER_ADDRESS = /^((?:0x)?[0-9a-f]{8,16})[:,]$/i;
const SYMBOL_OF_SIZE = /^([A-Za-z_.][\w.$]*)\+(0x[0-9a-f]+)\/0x[0-9a-f]+[:,]?$/;
/** The label before a register's contents, in the kernel's report and in `bt`. */
const LABEL = /^(?:R[A-Z]{2}|R\d\d?|E[A-Z]{2}|CR\d|ORIG_RAX):$/;
const SEGMENT = /^00[0-9a-f]{2}:(.+)$/;

/**
 * The words of a command that reads addresses, with pasted forms as plain hexadecimal addresses: a line of `bt`, a
 * line of a Call Trace, `[<ADDR>]`, `ADDR:`, `ADDR,`, `f+0x5/0x10 [mod]`, `RIP: 0010:f+0x5/0x10`, `RSP: 0018:ADDR`,
 * `%rsp`. crash refuses each of them as an address; every other word stays as it is.
 */
export function plainAddresses(words: readonly string[], names: PastedNames): readonly string[] {
  const plain: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const rest = words.slice(at).join(' ');
    const line = BT_LINE.exec(rest) ?? TRACE_LINE.exec(rest);
    if (line?.[1] !== undefined) return [...plain, line[1]];
    const word = words[at] ?? '';
    const next = words[at + 1];
    if (LABEL.test(word) && next !== undefined && valueAfterLabel(next, names) !== undefined)
      continue;
    // A question mark before a name of the Call Trace: the kernel is not sure of the frame.
    if (word === '?' && SYMBOL_OF_SIZE.test(next ?? '')) continue;
    const value = plainAddress(word, names);
    plain.push(value ?? word);
    // The module that the symbol before it belongs to.
    if (value !== undefined && word.includes('/') && /^\[\S+\]$/.test(next ?? '')) at++;
  }
  return plain;
}

const valueAfterLabel = (word: string, names: PastedNames): string | undefined =>
  ADDRESS.test(word) ? word : plainAddress(word, names);

/** A pasted word as a hexadecimal address; undefined when it is no pasted form, or names nothing. */
function plainAddress(word: string, names: PastedNames): string | undefined {
  const after = AFTER_ADDRESS.exec(word) ?? /^\[<([0-9a-f]{8,16})>\]$/.exec(word);
  if (after) return after[1];
  const segment = SEGMENT.exec(word)?.[1];
  if (segment !== undefined) return valueAfterLabel(segment, names);
  const [, name, offset] = SYMBOL_OF_SIZE.exec(word) ?? [];
  if (name !== undefined && offset !== undefined) {
    const symbol = names.symbol(name);
    return symbol === undefined ? undefined : (symbol + BigInt(offset)).toString(16);
  }
  if (!/^%[a-z][a-z0-9]{1,2}$/.test(word)) return undefined;
  return names.register(word.slice(1))?.toString(16);
}
