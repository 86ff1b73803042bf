import { hex, type VAddr } from '../../src/base/address.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import {
  type VmapArea,
  vmapAreaOf,
  vmapAreaOfPfn,
  vmapAreas,
} from '../../src/kernel/mm/vmalloc.ts';
import { center } from '../../src/output/text/justify.ts';
import { type Notice, warning } from '../../src/session/command/command.ts';
import type { Printers } from './parts.ts';

export type VmapRecord =
  | { readonly kind: 'vmap-title' }
  | { readonly kind: 'vmap-area'; readonly area: VmapArea };

/** `kmem -v`: the title stands even over nothing but areas of another kind. */
export function* vmalloc(
  target: Target,
  at?: { readonly address: VAddr; readonly physical: boolean },
): Generator<VmapRecord | Notice> {
  const { areas, problem } = vmapAreas(target);
  if (problem !== undefined) yield warning(problem);
  if (at === undefined) {
    if (areas.length > 0) yield { kind: 'vmap-title' };
    for (const area of areas) yield { kind: 'vmap-area', area };
    return;
  }
  const area = at.physical
    ? vmapAreaOfPfn(target, target.pfnOf(at.address))?.area
    : vmapAreaOf(target, at.address);
  if (area) yield { kind: 'vmap-area', area };
}

export const vmapPrinters: Printers<VmapRecord> = {
  'vmap-title'(_, out) {
    const titles = `${center('VMAP_AREA', 16)}  ${center('VM_STRUCT', 16)}`;
    out.line(`${titles}  ${center('ADDRESS RANGE', 35)}     SIZE`);
  },
  'vmap-area'({ area }, out) {
    const size = String(area.end - area.start).padStart(7);
    const range = `${hex(area.start).padStart(16)} - ${hex(area.end).padEnd(16)}`;
    out.line(`${center(hex(area.address), 16)}  ${center(hex(area.vm), 16)}  ${range}  ${size}`);
  },
};
