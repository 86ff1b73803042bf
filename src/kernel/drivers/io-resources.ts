import { type Bits, hex, type VAddr } from '../../base/address.ts';
import { CorruptError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';

/** A range of I/O ports or of physical addresses: struct resource, include/linux/ioport.h. */
export interface IoResource {
  readonly address: VAddr;
  readonly start: Bits;
  /** Inclusive. */
  readonly end: Bits;
  readonly name: string;
}

/** Bound on resources: more are a loop in the tree. */
const MAX_RESOURCES = 100_000;
const MAX_NAME = 256;

/** A tree of resources from its root down, parents before children. Throws CorruptError at a loop, ReadError. */
export function* ioResources(target: Target, root: VAddr): Generator<IoResource, void> {
  const seen = new Set<VAddr>();
  const waiting: VAddr[] = [root];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at === 0n) continue;
    if (seen.has(at) || seen.size >= MAX_RESOURCES) {
      throw new CorruptError(`the tree of resources loops at ${hex(at)}`, at);
    }
    seen.add(at);
    const resource = target.object('resource', at);
    const name = resource.pointer('name');
    yield {
      address: at,
      start: resource.big('start'),
      end: resource.big('end'),
      name: name === 0n ? '' : target.kernel.cstring(name, MAX_NAME),
    };
    waiting.push(resource.pointer('sibling'), resource.pointer('child'));
  }
}
