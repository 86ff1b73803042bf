import { hex, plus, type VAddr, va } from '../../../base/address.ts';
import { ReadError } from '../../../base/errors.ts';
import type { Target } from '../../core/target.ts';
import type { SlabCache } from './caches.ts';

/** The free objects of a list, in its order, up to its first fault. */
export interface Freelist {
  readonly objects: readonly VAddr[];
  /** The reason for an early end, in crash's words; undefined for a complete list. */
  readonly problem: string | undefined;
  /** The rest of the list is in memory that the dump has not: how many objects are free is not known. */
  readonly isCutOff: boolean;
}

/** A slab has at most 32767 objects (15 bits). */
const MAX_OBJECTS = 32_768;

/**
 * Follows a freelist from its first object. `slab` is named in a problem. An odd pointer ends a list: the kernel's mark
 * of a slab that a CPU has taken.
 */
export function walkFreelist(
  target: Target,
  cache: SlabCache,
  first: VAddr,
  slab: VAddr,
): Freelist {
  const seen = new Set<VAddr>();
  const where = `${cache.name}: slab: ${hex(slab)}`;
  let problem: string | undefined;
  let isCutOff = false;
  let object = first;
  while (object !== 0n && (object & 1n) === 0n) {
    if (seen.has(object) || seen.size >= MAX_OBJECTS) {
      problem = `${where} duplicate freelist object: ${hex(object)}`;
      break;
    }
    const at = plus(object, cache.freeOffset);
    const next = readFreePointer(target, cache, at);
    if (next === undefined) {
      // The object itself cannot be read: the pointer to it is bad, and crash counts it.
      seen.add(object);
      const missing = missingReason(target, at);
      isCutOff = missing !== undefined;
      problem = missing
        ? `${where} the rest of its freelist is missing: ${missing}`
        : `${where} invalid freepointer: ${hex(at)}`;
      break;
    }
    seen.add(object);
    object = next;
  }
  return { objects: [...seen], problem, isCutOff };
}

/** Why memory is not in the dump that the kernel had; undefined for an address that leads nowhere. */
function missingReason(target: Target, at: VAddr): string | undefined {
  try {
    target.kernel.word(at);
    return undefined;
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    const hadIt = error.reason !== 'not-mapped' && error.reason !== 'not-ram';
    return hadIt ? error.message : undefined;
  }
}

/** Encodings of free pointers. Chosen by trial, since distributions backported them. */
type Cipher = (stored: bigint, random: bigint, at: VAddr) => VAddr;
/**
 * The pointer's own address is byte-swapped since 5.7 (1ad53d9fa3f6, slub: improve bit diffusion for freelist ptr
 * obfuscation), and in stable kernels.
 */
const swapped: Cipher = (stored, random, at) => va(stored ^ random ^ swapBytes(at));
/** 4.14 (2482ddec670f, mm: add SLUB free list pointer obfuscation). */
const plain: Cipher = (stored, random, at) => va(stored ^ random ^ at);

const trial = (_target: Target): { cipher: Cipher | undefined } => ({ cipher: undefined });

function readFreePointer(target: Target, cache: SlabCache, at: VAddr): VAddr | undefined {
  const stored = tryU64(target, at);
  return stored === undefined ? undefined : freePointer(target, cache, stored, at);
}

/**
 * The object that a word at an address leads to, as free lists have it; a pointer is written as the word that this makes of it:
 * all encodings are their own inverse.
 */
export function freePointer(target: Target, cache: SlabCache, stored: bigint, at: VAddr): VAddr {
  if (cache.random === undefined) return va(stored);
  const state = target.memo(trial);
  if (state.cipher) return state.cipher(stored, cache.random, at);
  const next = swapped(stored, cache.random, at);
  // NULL, the end of a list, has the same form in all encodings, and so decides nothing.
  if (next === 0n) return next;
  const other = plain(stored, cache.random, at);
  const first = isObject(target, next);
  if (first !== isObject(target, other)) state.cipher = first ? swapped : plain;
  return first ? next : other;
}

const isObject = (target: Target, address: VAddr): boolean =>
  address !== 0n && !target.arch.isUser(address) && target.kernel.translate(address) !== undefined;

function tryU64(target: Target, at: VAddr): bigint | undefined {
  try {
    return target.kernel.u64(at);
  } catch (error) {
    if (error instanceof ReadError) return undefined;
    throw error;
  }
}

const scratch = new DataView(new ArrayBuffer(8));
function swapBytes(value: bigint): bigint {
  scratch.setBigUint64(0, value, true);
  return scratch.getBigUint64(0, false);
}
