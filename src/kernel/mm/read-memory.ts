import { hex, type PAddr, type VAddr, va } from '../../base/address.ts';
import { CrashError, ReadError } from '../../base/errors.ts';
import { frameOf } from '../../base/pages.ts';
import type { Target } from '../core/target.ts';
import type { Task } from '../task/tasks.ts';
import { regionOf, virtToPhys } from './address-map.ts';
import { addressKind, userSpaceOf } from './translate.ts';

/** Meaning of an address: bytes of a virtual space, of physical memory, or of the dump file. */
export type MemoryKind = 'kernel' | 'user' | 'physical' | 'file';

/** Bytes by address; errors are in crash's words. */
export interface MemoryView {
  /** Exactly `length` bytes. Throws CrashError: crash's message for a failed read of `what`. */
  read(address: bigint, length: number, what: string): Uint8Array;
}

/** Opens a view of one kind of memory; `task` is the owner of user addresses. */
export function memoryView(target: Target, kind: MemoryKind, task: () => Task): MemoryView {
  return {
    read(address, length, what) {
      try {
        return READERS[kind](target, address, length, task);
      } catch (error) {
        if (!(error instanceof ReadError)) throw error;
        throw new CrashError(readFailure(target, error, kind, address, what), { cause: error });
      }
    },
  };
}

type Reader = (target: Target, address: bigint, length: number, task: () => Task) => Uint8Array;

const READERS: Readonly<Record<MemoryKind, Reader>> = {
  kernel: (target, address, length) => target.kernel.read(va(address), length),
  user: readUser,
  physical: (target, address, length) => target.memory.physical.read(address as PAddr, length),
  file: readFile,
};

function readUser(target: Target, address: bigint, length: number, task: () => Task): Uint8Array {
  const kind = addressKind(target, va(address));
  const space = kind === 'user' ? userSpaceOf(target, task()) : undefined;
  if (kind !== 'user') throw new ReadError('user', address, 'not-mapped');
  if (!space) throw new NoAddressSpace(target);
  return space.read(va(address), length);
}

/** A kernel thread has no memory of its own: crash reads the page table of the mm_struct at 0. */
class NoAddressSpace extends CrashError {
  override name = 'NoAddressSpace';
  constructor(target: Target) {
    const pgd = target.types.member('mm_struct', 'pgd').offset;
    super(`invalid kernel virtual address: ${hex(pgd)}  type: "mm_struct pgd"`);
  }
}

function readFile(target: Target, address: bigint, length: number): Uint8Array {
  const bytes =
    address <= BigInt(Number.MAX_SAFE_INTEGER)
      ? target.memory.readFile(Number(address), length)
      : new Uint8Array(0);
  if (bytes.length < length) throw new ReadError('file', address, 'io');
  return bytes;
}

const SPACES: Readonly<Record<MemoryKind, string>> = {
  kernel: 'kernel virtual',
  user: 'user virtual',
  physical: 'physical',
  file: 'dumpfile',
};

/**
 * crash's message for a read that failed: `seek error: kernel virtual address: ...  type: "64-bit KVADDR"`. An
 * address that nothing maps is invalid; one of the direct map or the image, which crash finds by arithmetic, is a
 * seek error where there is no RAM behind it.
 */
export function readFailure(
  target: Target,
  error: ReadError,
  kind: MemoryKind,
  address: bigint,
  what: string,
): string {
  const place = `${SPACES[kind]} address: ${hex(address)}  type: "${what}"`;
  if (error.reason === 'not-mapped' || error.reason === 'swapped') {
    const isHole = kind === 'kernel' && isBeyondMemory(target, va(address));
    return isHole ? `${holeText(target)}: ${place}` : `invalid ${place}`;
  }
  if (error.reason === 'not-ram') return `${holeText(target)}: ${place}`;
  return `${TEXTS[error.reason]}: ${place}`;
}

const TEXTS = {
  excluded: 'page excluded',
  'no-table': 'page table missing',
  truncated: 'page beyond the end of the file',
  damaged: 'page damaged',
  io: 'read error',
} as const;

/** crash's words for a hole in RAM: a kdump cannot seek to it, an ELF file cannot be read there. */
const holeText = (target: Target): string =>
  target.facts.container === 'elf' ? 'read error' : 'seek error';

function isBeyondMemory(target: Target, address: VAddr): boolean {
  const region = regionOf(target, address);
  if (region === 'user' || region === 'vmalloc' || region === 'vmemmap' || region === 'modules') {
    return false;
  }
  const frame = frameOf(virtToPhys(target, address));
  return target.memory.physical.cache.status(frame) === 'not-ram';
}
