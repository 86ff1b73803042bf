import { hex, type VAddr, va } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import { regionOf } from '../../kernel/mm/address-map.ts';
import { pageFlagBit, pageOfFrame } from '../../kernel/mm/pages.ts';
import { vmapAreas } from '../../kernel/mm/vmalloc.ts';
import { type Evidence, type Fact, fact } from '../facts.ts';
import { type Fault, faultOf } from '../scene/fault.ts';
import {
  directMapEntry,
  reservedEntry,
  vmallocEntry,
  type WrongEntry,
} from '../scene/page-entries.ts';
import { attempt, type Scene } from '../scene/scene.ts';
import { slabObjectAt } from '../scene/slab-object.ts';
import type { Detector } from './detector.ts';
import { faultSubject, firstFault, instructionEvidence, registerText } from './pointer-fault.ts';

/** Kernel addresses that could not be used: a page-table entry that is wrong, a poisoned frame, or a wild pointer. */
export const kernelAddress: Detector = {
  name: 'kernel-address',
  looksFor: 'page-table entries on the way to the address of the fault, and what lies around it',
  needs: ['symbols', 'stack', 'types'],
  *find(scene) {
    yield* poisonedFrames(scene);
    const entry = firstFault(scene);
    if (entry?.kind !== 'page-fault' && entry?.kind !== 'general-protection') return;
    const fault = faultOf(scene, entry);
    const { address } = fault;
    if (address === undefined || fault.access === 'execute') return;
    const { arch } = scene.target;
    if (arch.isUser(address) || !arch.isCanonical(address)) return;
    for (const recognise of [poisonedFrame, wrongEntry, readOnly, wildPointer]) {
      const found = recognise(scene, fault, address);
      if (!found) continue;
      yield { ...found, evidence: [...instructionEvidence(scene, fault), ...found.evidence] };
      return;
    }
  },
};

/** Whether a frame is marked as bad memory: PG_hwpoison. */
export function isPoisoned(target: Target, pfn: number): boolean {
  const bit = pageFlagBit(target, 'PG_hwpoison');
  if (bit === undefined) return false;
  const page = attempt(() => pageOfFrame(target, pfn));
  return page !== undefined && ((BigInt(page.flags) >> BigInt(bit)) & 1n) === 1n;
}

/** Frames that the kernel took out of use: num_poisoned_pages, mm/memory-failure.c. */
function* poisonedFrames({ target }: Scene): Generator<Fact> {
  const symbol = target.findSymbol('num_poisoned_pages');
  const count = symbol === undefined ? 0n : (target.kernel.tryWord(symbol) ?? 0n);
  if (count === 0n) return;
  yield fact({
    class: 'poisoned-memory',
    certainty: 'possible',
    summary: `${count} pages are marked as bad memory (num_poisoned_pages)`,
    evidence: [
      { text: 'the counter', command: 'p num_poisoned_pages', address: symbol, value: count },
    ],
    isAside: true,
  });
}

function poisonedFrame({ target }: Scene, fault: Fault, address: VAddr): Fact | undefined {
  const physical = target.kernel.translate(address);
  if (physical === undefined || !isPoisoned(target, target.pfnOf(physical))) return undefined;
  return fact({
    class: 'poisoned-memory',
    certainty: 'certain',
    subject: faultSubject(fault),
    summary: `${faultSubject(fault) ?? 'the kernel'} used ${hex(address)}, whose frame is marked as bad memory`,
    evidence: [
      {
        text: `the frame ${hex(physical)} has PG_hwpoison`,
        command: `kmem -p ${hex(physical)}`,
        address,
      },
    ],
  });
}

function wrongEntry({ target }: Scene, fault: Fault, address: VAddr): Fact | undefined {
  const walk = fault.walk ?? target.kernel.walk(address);
  const reserved = reservedEntry(target, walk);
  const wrong: WrongEntry | undefined =
    reserved ?? vmallocEntry(target, address, walk) ?? directMapEntry(target, address, walk);
  if (!wrong) return undefined;
  const isDirect = !reserved && regionOf(target, address) === 'direct';
  const beside = [...neighbours(target, address)];
  const isPurpose = isDirect && beside.length === 0;
  return fact({
    class: 'page-table-corruption',
    certainty: isPurpose ? 'likely' : 'certain',
    subject: faultSubject(fault),
    summary: `${faultSubject(fault) ?? 'the kernel'} ${fault.access === 'write' ? 'wrote to' : 'read'} ${hex(address)}, whose ${wrong.level} entry is damaged`,
    evidence: [
      {
        text: wrong.text,
        command: `vtop ${hex(address)}`,
        address: wrong.address,
        value: wrong.found,
      },
      ...beside,
    ],
    unchecked: isPurpose
      ? ['whether the page was taken out of the direct map on purpose (secretmem, debug_pagealloc)']
      : ['who wrote the entry'],
  });
}

/** How many pages on both sides of a damaged entry are looked at. */
const NEIGHBOURS = 8n;

/** Damaged entries beside the one that the access met. */
function* neighbours(target: Target, address: VAddr): Generator<Evidence> {
  const size = BigInt(target.pageSize);
  const page = address - (address % size);
  for (let i = -NEIGHBOURS; i <= NEIGHBOURS; i++) {
    const at = va(page + i * size);
    if (i === 0n || target.arch.isUser(at) || !target.arch.isCanonical(at)) continue;
    const walk = target.kernel.walk(at);
    const wrong =
      reservedEntry(target, walk) ??
      vmallocEntry(target, at, walk) ??
      directMapEntry(target, at, walk);
    if (wrong)
      yield {
        text: `beside it, ${hex(at)}: ${wrong.text}`,
        command: `vtop ${hex(at)}`,
        address: wrong.address,
        value: wrong.found,
      };
  }
}

/** A write to memory that may only be read. */
function readOnly({ target }: Scene, fault: Fault, address: VAddr): Fact | undefined {
  if (fault.access !== 'write' || fault.walk?.outcome !== 'mapped') return undefined;
  const isReadOnly = fault.walk.steps.some(
    ({ entry }) => !target.arch.entryFlags(entry).includes('RW'),
  );
  if (!isReadOnly) return undefined;
  const symbol = target.symbols.at(address);
  const what = symbol ? ` (${symbol.symbol.name}+${symbol.offset})` : '';
  return fact({
    class: 'wild-pointer',
    certainty: 'likely',
    subject: faultSubject(fault),
    summary: `${faultSubject(fault) ?? 'the kernel'} wrote to ${hex(address)}${what}, which is mapped read-only`,
    evidence: [{ text: 'its entry lacks RW', command: `vtop ${hex(address)}`, address }],
  });
}

function wildPointer(scene: Scene, fault: Fault, address: VAddr): Fact | undefined {
  const { target } = scene;
  if (fault.entry.kind !== 'page-fault' || fault.walk?.outcome === 'mapped') return undefined;
  const isKnown = fault.walk?.outcome === 'not-present';
  const flip = flippedBit(target, fault);
  return fact({
    class: 'wild-pointer',
    certainty: isKnown ? 'likely' : 'possible',
    subject: faultSubject(fault),
    summary: `${faultSubject(fault) ?? 'the kernel'} used ${hex(address)}, which nothing maps${placeText(target, address)}`,
    evidence: [
      { text: 'no page-table entry maps it', command: `vtop ${hex(address)}`, address },
      ...(flip ? [flip] : []),
    ],
    unchecked: [
      ...(isKnown ? [] : ['the page tables of the address, which are not in the dump']),
      'where the word comes from',
    ],
  });
}

/** Where in vmalloc space an address lies that no area has. */
function placeText(target: Target, address: VAddr): string {
  if (regionOf(target, address) !== 'vmalloc') return '';
  const areas = attempt(() => vmapAreas(target).areas) ?? [];
  if (areas.some(({ start, end }) => address >= start && address < end)) return '';
  const before = areas.findLast(({ end }) => end <= address);
  const near = before && address - before.end < BigInt(target.pageSize) * 16n;
  return near
    ? `: it lies just above the area ${hex(before.start)}-${hex(before.end)} of vmalloc space, in memory that was freed or never allocated`
    : ': it lies in vmalloc space outside all areas, in memory that was freed or never allocated';
}

const WORD_BITS = 64n;

/**
 * The one bit whose change makes the base register the start of a slab object: that it lands in RAM would say
 * nothing, since a quarter of all neighbours do.
 */
export function flippedBit(target: Target, fault: Fault): Evidence | undefined {
  const value = fault.base?.value;
  if (value === undefined) return undefined;
  const candidates: { bit: bigint; word: VAddr; cache: string }[] = [];
  for (let bit = 0n; bit < WORD_BITS; bit++) {
    const word = va(value ^ (1n << bit));
    if (target.arch.isUser(word) || !target.arch.isCanonical(word)) continue;
    const object = slabObjectAt(target, word);
    if (object?.offset === 0 && object.isFree === false)
      candidates.push({ bit, word, cache: object.cache });
  }
  const [only] = candidates;
  if (!only || candidates.length > 1) return undefined;
  return {
    text: `with bit ${only.bit} changed, %${registerText(fault.base?.register ?? '')} would be ${hex(only.word)}, the start of an object of ${only.cache} in use; no other single bit leads to one`,
    command: `kmem ${hex(only.word)}`,
    address: only.word,
    value,
  };
}
