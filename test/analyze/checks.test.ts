import { describe, expect, it } from 'vitest';
import { buildImage, samples } from '../../dumps/index.ts';
import { CHECKS } from '../../src/analyze/checks/index.ts';
import { directMapCheck } from '../../src/analyze/checks/page-tables/direct-map.ts';
import { userSpaces } from '../../src/analyze/checks/page-tables/spaces.ts';
import {
  accountingCheck,
  mapcountCheck,
  pageTablesCheck,
} from '../../src/analyze/checks/page-tables/user-tables.ts';
import {
  type Entry,
  entryAddress,
  tableAddress,
  walkEntries,
} from '../../src/analyze/checks/page-tables/walk.ts';
import { runChecks } from '../../src/analyze/checks/run.ts';
import { pa } from '../../src/base/address.ts';
import { Interrupted } from '../../src/base/interruption.ts';
import { openDumpFrom } from '../../src/dump/open.ts';
import type { Dump } from '../../src/dump/types.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { addressMap } from '../../src/kernel/mm/address-map.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { DUMPS, needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';
import { differences, findingsOf, type Plant, pick, planted, random, word } from './plant.ts';

function image(name: string): Dump {
  const bytes = buildImage(name);
  const read = (offset: number, into: Uint8Array): number => {
    const part = bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  };
  return openDumpFrom([{ path: name, size: bytes.length, read, close() {} }]);
}

/** What all checks find in a dump: check, address, what was expected. */
const found = (target: Target): [string, bigint, bigint | undefined][] =>
  [...runChecks(target, CHECKS)].flatMap((record) =>
    record.kind === 'finding' ? [[record.check, record.address, record.expected]] : [],
  );

/** What was done to the bundled machines, and is found. */
const DAMAGE: Readonly<Record<string, [string, bigint, bigint | undefined][]>> = {
  'hugepage-migration': [['sequence', 0xffff9842c9ef2228n, 0x8000001080000887n]],
  'zeroed-pte': [
    ['direct-map', 0xffff88000019ec50n, 0x80000001a2b8a163n],
    ['direct-map', 0xffff88000019ec58n, 0x80000001a2b8b163n],
  ],
};

describe('all checks of the bundled machines', () => {
  it.each(samples.map(({ name }) => name))('%s: what was done to it, and nothing else', (name) => {
    expect(found(openTarget(image(name)))).toEqual(DAMAGE[name] ?? []);
  });
});

describe('all checks of real dumps', needsDumps, () => {
  it.each(DUMPS)('%s: what its log names, and nothing else', (name) => {
    const wrong = name === 'x61-badpte' ? 2 : 0;
    expect(found(sharedTarget(name)).map(([check]) => check)).toEqual(Array(wrong).fill('vmalloc'));
  });
});

describe('a check that is interrupted', () => {
  it('says what it has checked, and that this is a part', () => {
    const target = openTarget(image('healthy'));
    const records: unknown[] = [];
    const work = (): void => {
      for (const record of runChecks(target, CHECKS)) records.push(record);
    };
    // From the first look on; the records before it are told.
    expect(() => target.memory.interruption.run(() => true, work)).toThrow(Interrupted);
    expect(records.at(-1)).toMatchObject({ kind: 'check', isPartial: true, findings: 0 });
  });
});

/** Entries of a built machine that map pages, of processes or of the direct map. */
function entriesOf(target: Target, isUser: boolean): Entry[] {
  const entries: Entry[] = [];
  const visitor = {
    table: () => true,
    leaf: (entry: Entry) => void entries.push(entry),
    absent() {},
    missing() {},
  };
  if (isUser) {
    for (const { root } of userSpaces(target).spaces)
      walkEntries(target, root, 0n, target.arch.userEnd, visitor);
    return entries.filter(({ level }) => level === 'PTE');
  }
  const { direct } = addressMap(target);
  const from = tableAddress(target, direct.start);
  const end = from + (BigInt(target.memory.maxPfn) << 12n);
  walkEntries(target, target.kernel.root, from, end, visitor);
  return entries;
}

describe('planted in a built machine', () => {
  const dump = image('zeroed-pte');
  const shop = image('healthy');
  const damage = new Set(DAMAGE['zeroed-pte']?.map(([, address]) => address));
  const next = random(2);

  it.each([
    ['zero', () => 0n],
    ['a reserved bit', (entry: bigint) => entry | (1n << BigInt(47 + next(5)))],
    ['another frame', (entry: bigint) => entry ^ (0x20_0000n << BigInt(next(6)))],
  ] as const)('%s in 200 entries of the direct map', (_, now) => {
    const target = openTarget(dump);
    const all = entriesOf(target, false);
    const plants = pick(
      all.filter(({ at }) => !damage.has(entryAddress(target, at))),
      200,
      5,
    ).map(
      ({ at, entry }): Plant => ({
        at: pa(at),
        bytes: word(now(entry)),
        address: entryAddress(target, at),
        expected: undefined,
      }),
    );
    expect(plants).toHaveLength(200);
    // A few at a time: what the check reads lies in the direct map, too.
    for (let i = 0; i < plants.length; i += 10) {
      const some = plants.slice(i, i + 10);
      const findings = findingsOf(planted(dump, some), directMapCheck);
      const own = findings.filter(({ address }) => !damage.has(address));
      expect(differences(some, own)).toEqual([]);
    }
  });

  it.each([
    ['zero', () => 0n],
    ['a reserved bit', (entry: bigint) => entry | (1n << 51n)],
  ] as const)('%s in every entry of a process', (_, now) => {
    const target = openTarget(shop);
    for (const entry of entriesOf(target, true)) {
      const plant: Plant = {
        at: pa(entry.at),
        bytes: word(now(entry.entry)),
        address: entryAddress(target, entry.at),
        expected: undefined,
      };
      const findings = findingsOf(
        planted(shop, [plant]),
        pageTablesCheck,
        accountingCheck,
        mapcountCheck,
      );
      expect(differences([plant], findings)).toEqual([]);
    }
  });
});
