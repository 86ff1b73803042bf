import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { flatten, recordsOf } from '../../dumps/build/flattened.ts';
import { type BuiltImage, defineImage } from '../../dumps/build/image.ts';
import type { Packing } from '../../dumps/build/kdump.ts';
import type { PageUse, Ram } from '../../dumps/build/ram.ts';
import { healthy } from '../../dumps/incidents/healthy.ts';
import { runTranscript } from '../../dumps/transcript.ts';
import { openDump } from '../../src/dump/open.ts';
import type { Dump } from '../../src/dump/types.ts';
import { file } from '../dump/builders.ts';
import { openBytes } from './open-image.ts';

/** The healthy machine with a page of every use that a filter knows. */
const image = defineImage({
  ...healthy.spec,
  name: 'uses',
  machine: { ...healthy.spec.machine, ramMb: 48 },
  also({ kernel: { machine } }) {
    for (const use of ['user', 'cache', 'private-cache', 'reserved'] as const) {
      const page = machine.pages(3, use);
      for (let i = 0n; i < 2n; i++) machine.writeU64(page + 4096n * i, 0x1234_5678_9abc_def0n + i);
    }
  },
});

/** What -d leaves out, as makedumpfile(8) has it: pages of zeros (1) are all stored as one, which is no loss. */
const LEFT_OUT: Readonly<Partial<Record<PageUse, number>>> = {
  cache: 2,
  'private-cache': 4,
  user: 8,
  free: 16,
};

type Container = 'whole' | 'split' | 'flattened' | 'ELF';
const PACKINGS: readonly Packing[] = ['raw', 'zlib', 'lzo', 'snappy', 'zstd'];
const COMBINATIONS: readonly (readonly [Container, Packing])[] = [
  ...(['whole', 'split', 'flattened'] as const).flatMap((container) =>
    PACKINGS.map((packing) => [container, packing] as const),
  ),
  ['ELF', 'raw'],
];

let built: BuiltImage;
let ram: Ram;
beforeAll(() => {
  built = image.build();
  ram = built.story.kernel.machine.ram;
});

/** The image in a container: its files, in an order that need not be theirs. */
function write(container: Container, packing: Packing, level: number, cut: number): Uint8Array[] {
  if (container === 'ELF') return [built.elf({ level })];
  if (container === 'whole') return [built.kdump({ packing, level })];
  if (container === 'flattened')
    return [flatten(recordsOf(built.kdump({ packing, level }), 1 + cut * 7).reverse())];
  const edges = [0, cut, Math.max(cut, 0x1200), ram.maxPfn];
  return edges
    .slice(1)
    .map((end, i) => built.kdump({ packing, level, split: { start: edges[i] ?? 0, end } }))
    .reverse();
}

/** What is wrong with a dump: a page that is not what was written, or said to be what it is not. */
function firstWrong({ memory }: Dump, container: Container, level: number): string | undefined {
  const found = new Uint8Array(4096);
  const zeros = new Uint8Array(4096);
  for (let pfn = 0; pfn < ram.maxPfn; pfn++) {
    const status = memory.readPage(pfn, found);
    const isOut = (level & (LEFT_OUT[ram.use(pfn)] ?? 0)) !== 0;
    // An ELF core has no word for what was left out.
    const missing = container === 'ELF' ? 'not-ram' : 'excluded';
    const wanted = !ram.isRam(pfn) ? 'not-ram' : isOut ? missing : 'present';
    if (status !== wanted) return `page ${pfn} (${ram.use(pfn)}) is ${status}, not ${wanted}`;
    if (wanted === 'present' && Buffer.compare(found, ram.pages.get(pfn) ?? zeros) !== 0)
      return `page ${pfn} (${ram.use(pfn)}) has other bytes`;
  }
  return undefined;
}

describe('whatever the filter leaves', () => {
  test.each(COMBINATIONS)(
    'a %s file of %s pages gives back what was written',
    (container, packing) => {
      const level = fc.oneof(fc.constantFrom(0, 1, 31), fc.nat(31));
      fc.assert(
        fc.property(level, fc.integer({ min: 400, max: 0x1100 }), (own, cut) => {
          const dump = openDump(write(container, packing, own, cut).map(file));
          try {
            expect(firstWrong(dump, container, own)).toBeUndefined();
            if (container !== 'ELF') expect(dump.facts.dumpLevel).toBe(own);
            expect(dump.facts.vmcoreinfo).toBe(built.vmcoreinfo);
            expect(dump.facts.flattened).toBe(container === 'flattened');
          } finally {
            dump.close();
          }
        }),
        { numRuns: 3, seed: 7_031_977 + packing.length },
      );
    },
    60_000,
  );

  test('every one of the 32 levels keeps what it should', () => {
    for (let level = 0; level < 32; level++) {
      const dump = openDump([file(built.kdump({ packing: 'raw', level }))]);
      expect(firstWrong(dump, 'whole', level)).toBeUndefined();
      dump.close();
    }
  });

  test('there are pages of every use to leave out', () => {
    const uses = new Set([...ram.runs()].map(({ use }) => use));
    for (const use of Object.keys(LEFT_OUT)) expect(uses).toContain(use);
  });
});

test('a flattened image, its records backwards, answers as the plain one', async () => {
  const plain = built.kdump();
  const lines = ['sys', 'ps', 'bt -a', 'log', 'kmem -i', 'vm 731'];
  const say = async (bytes: Uint8Array) =>
    (await runTranscript(openBytes(bytes), lines)).map(({ lines: said }) =>
      said.filter((line) => !line.includes('DUMPFILE:')),
    );
  const flat = await say(flatten(recordsOf(plain, 3000).reverse()));
  expect(flat).toEqual(await say(plain));
  expect(flat.flat().length).toBeGreaterThan(60);
});
