import type { VAddr } from '../../src/base/address.ts';
import { CommandError, UsageOnly } from '../../src/session/command/command.ts';
import { parseHexAddress } from '../../src/session/line/numbers.ts';

/** Options that choose the output, in the order in which crash answers them. */
const MODES = [
  'i',
  'p',
  'm',
  'f',
  'F',
  'h',
  's',
  'r',
  'S',
  'v',
  'C',
  'c',
  'n',
  'z',
  'l',
  'L',
  'V',
  'o',
  'g',
] as const;
export type Mode = (typeof MODES)[number];

/** Options of which the later one wins. */
const RIVALS: readonly (readonly Mode[])[] = [
  ['s', 'S', 'r'],
  ['f', 'F'],
  ['c', 'C'],
  ['l', 'L'],
  ['p', 'm'],
];
/** crash does not count these two among the options of which only one is allowed. */
const UNCOUNTED = new Set<Mode>(['n', 'z']);
/** Options that accept an address. */
const TAKES_ADDRESS = new Set<Mode>(['f', 'p', 'm', 's', 'S', 'v', 'c', 'l', 'g']);

export interface Request {
  readonly modes: readonly Mode[];
  readonly addresses: readonly VAddr[];
  /** A slab cache's name. */
  readonly name: string | undefined;
  /** The name was written `\name`: it is no keyword. */
  readonly escaped: boolean;
}

const isHex = (word: string): boolean => /^[0-9a-fxX]+$/i.test(word) && /[0-9a-f]/i.test(word);

/** The parsed command line. Throws CommandError and UsageOnly, as crash refuses. */
export function readRequest(order: readonly string[], words: readonly string[]): Request {
  const chosen = new Set<Mode>();
  for (const letter of order) {
    const mode = MODES.find((known) => known === letter);
    if (!mode) continue;
    for (const rival of RIVALS.find((group) => group.includes(mode)) ?? []) chosen.delete(rival);
    chosen.add(mode);
  }
  const modes = MODES.filter((mode) => chosen.has(mode));
  if (modes.filter((mode) => !UNCOUNTED.has(mode)).length > 1) {
    throw new CommandError('only one flag allowed!', { usage: true });
  }
  const addresses: VAddr[] = [];
  let name: string | undefined;
  for (const word of words) {
    if (isHex(word)) {
      addresses.push(parseHexAddress(word));
    } else if (name !== undefined) {
      throw new CommandError('only one kmem_cache reference is allowed');
    } else if (!modes.some((mode) => mode === 's' || mode === 'S' || mode === 'r')) {
      throw new UsageOnly('');
    } else {
      name = word;
    }
  }
  if (addresses.length > 0 && modes.some((mode) => !TAKES_ADDRESS.has(mode))) {
    throw new CommandError('no address arguments allowed with this option', { usage: true });
  }
  if (modes.length === 0 && addresses.length === 0) throw new UsageOnly('');
  const escaped = name?.startsWith('\\') ?? false;
  return { modes, addresses, name: escaped ? name?.slice(1) : name, escaped };
}

/** Numbers that cannot be kernel addresses are physical ones. */
export const isPhysical = (address: VAddr): boolean => address >> 63n === 0n;
