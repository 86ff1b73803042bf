import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { assembleKdump } from '../../dumps/cut-kdump.ts';

/** A dump cut down to some of its pages. */
export interface Slice {
  readonly name: string;
  /** The kdump file up to its second bitmap: whole blocks. */
  readonly head: Uint8Array;
  /** In the order of their frames. */
  readonly pages: readonly { readonly pfn: number; readonly bytes: Uint8Array }[];
}

/** What the first line of an unpacked pack holds, in JSON. Numbers of blocks and frames are differences to the last one. */
interface Listed {
  readonly name: string;
  readonly head: readonly number[];
  readonly frames: readonly number[];
  readonly blocks: readonly number[];
}

const BLOCK = 4096;
const MIB = 1 << 20;

/**
 * Many slices as one file: a block is stored once however many slices have it, since dumps of one kernel share most of
 * what is read of them. A line of JSON, a line feed, and the blocks, as one Brotli stream.
 */
export function writePack(slices: readonly Slice[]): Uint8Array {
  const numbers = new Map<string, number>();
  const blocks: Uint8Array[] = [];
  const numberOf = (bytes: Uint8Array): number => {
    const key = Buffer.from(bytes).toString('latin1');
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, blocks.length);
    return blocks.push(bytes) - 1;
  };
  const listed = slices.map(({ name, head, pages }): Listed => {
    if (head.length % BLOCK !== 0) throw new Error(`the head of ${name} is no whole blocks`);
    const own = Array.from({ length: head.length / BLOCK }, (_, i) =>
      numberOf(head.subarray(i * BLOCK, (i + 1) * BLOCK)),
    );
    return {
      name,
      head: differences(own),
      frames: differences(pages.map(({ pfn }) => pfn)),
      blocks: differences(pages.map(({ bytes }) => numberOf(bytes))),
    };
  });
  const whole = Buffer.concat([Buffer.from(`${JSON.stringify(listed)}\n`), ...blocks]);
  return brotliCompressSync(whole, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 9,
      // The same page of another boot differs in a few words, and lies far away.
      [constants.BROTLI_PARAM_LARGE_WINDOW]: 1,
      [constants.BROTLI_PARAM_LGWIN]: 28,
      [constants.BROTLI_PARAM_SIZE_HINT]: whole.length,
    },
  });
}

/** The slices of a pack, by name. */
export class Pack {
  readonly #listed: ReadonlyMap<string, Listed>;
  readonly #blocks: Uint8Array;

  constructor(bytes: Uint8Array) {
    const whole = brotliDecompressSync(bytes, {
      params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 },
      maxOutputLength: 1024 * MIB,
    });
    const end = whole.indexOf(10);
    const listed = JSON.parse(whole.toString('utf8', 0, end)) as Listed[];
    this.#listed = new Map(listed.map((each) => [each.name, each]));
    this.#blocks = whole.subarray(end + 1);
  }

  get names(): readonly string[] {
    return [...this.#listed.keys()];
  }

  /** A slice as a kdump file whose pages are stored plainly. Throws Error when the pack has none of that name. */
  kdump(name: string): Uint8Array {
    const found = this.#listed.get(name);
    if (!found) throw new Error(`the pack has no ${name}`);
    const frames = sums(found.frames);
    const head = Buffer.concat(sums(found.head).map((number) => this.#block(number)));
    const kept = sums(found.blocks).map((number, i) => ({
      pfn: frames[i] as number,
      data: this.#block(number),
      flags: 0,
    }));
    return assembleKdump(head, kept);
  }

  #block(number: number): Uint8Array {
    return this.#blocks.subarray(number * BLOCK, (number + 1) * BLOCK);
  }
}

const differences = (numbers: readonly number[]): number[] =>
  numbers.map((number, i) => number - (numbers[i - 1] ?? 0));

function sums(steps: readonly number[]): number[] {
  let sum = 0;
  return steps.map((step) => {
    sum += step;
    return sum;
  });
}
