import { plus, type VAddr, va } from '../../../base/address.ts';
import { viewOf } from '../../../base/bytes.ts';
import { MissingError } from '../../../base/errors.ts';
import type { Target } from '../../core/target.ts';

/** One slab: a block of pages cut into objects. Its descriptor lies over the block's first struct page. */
export interface Slab {
  readonly address: VAddr;
  readonly cache: VAddr;
  /** The first free object that no CPU has taken; 0n when there is none. */
  readonly freelist: VAddr;
  readonly inuse: number;
  readonly objects: number;
  /** Address of the link that lists of slabs go through. */
  readonly link: VAddr;
  /** The next slab of a CPU's partial list. */
  readonly next: VAddr;
}

/** Reads a slab's descriptor. Throws ReadError. */
export function readSlab(target: Target, address: VAddr): Slab {
  const shape = target.memo(slabShape);
  const view = viewOf(target.kernel.read(address, shape.size));
  return {
    address,
    cache: va(view.getBigUint64(shape.cache, true)),
    freelist: va(view.getBigUint64(shape.freelist, true)),
    inuse: bits(view, shape.inuse),
    objects: bits(view, shape.objects),
    link: plus(address, shape.link),
    next: shape.next === undefined ? va(0) : va(view.getBigUint64(shape.next, true)),
  };
}

/** Where a slab's descriptor has its members. */
export const slabMembers = (target: Target) => {
  const { cache, freelist, inuse, objects } = target.memo(slabShape);
  const byteOf = ({ bitOffset }: BitField): number => Math.floor(bitOffset / 8);
  return { cache, freelist, inuse: byteOf(inuse), objects: byteOf(objects) };
};

/** Offset of the list_head that links slabs. */
export const slabLinkOffset = (target: Target): number => target.memo(slabShape).link;

interface BitField {
  readonly bitOffset: number;
  readonly bitSize: number;
}

function slabShape(target: Target) {
  const { types } = target;
  // struct slab is apart from struct page since 5.17 (d122019bf061, mm: Split slab into its own type). `slab_cache`
  // tells it from CONFIG_SLAB's own struct slab, before 3.10.
  const type = types.has('slab', 'slab_cache') ? 'slab' : 'page';
  const bitField = (name: string): BitField => {
    const { bitOffset, bitSize, size } = types.member(type, name);
    return { bitOffset, bitSize: bitSize === 0 ? size * 8 : bitSize };
  };
  const link = types.findMember(type, 'slab_list') ?? types.findMember(type, 'lru');
  if (!link) throw new MissingError('member', `${type}.slab_list or lru`);
  return {
    size: types.sizeof(type),
    cache: types.member(type, 'slab_cache').offset,
    freelist: types.member(type, 'freelist').offset,
    inuse: bitField('inuse'),
    objects: bitField('objects'),
    link: link.offset,
    next: types.findMember(type, 'next')?.offset,
  };
}

function bits(view: DataView, { bitOffset, bitSize }: BitField): number {
  const shift = bitOffset % 8;
  const byte = (bitOffset - shift) / 8;
  const word = view.getUint32(Math.min(byte, view.byteLength - 4), true);
  return (word >>> (shift + (byte - Math.min(byte, view.byteLength - 4)) * 8)) & (2 ** bitSize - 1);
}
