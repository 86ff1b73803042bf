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
import { type PrinterByKind, titleOnce } from '../../src/session/command/printing.ts';
import type { Layout } from './parts.ts';

export type VmapRecord =
  /** Number of areas. */
  | { readonly kind: 'vmap-areas'; readonly areas: number }
  | { readonly kind: 'vmap-area'; readonly area: VmapArea };

/** `kmem -v`: the title is printed even without areas of its kind. */
export function* vmalloc(
  target: Target,
  at?: { readonly address: VAddr; readonly physical: boolean },
): Generator<VmapRecord | Notice> {
  const { areas, problem } = vmapAreas(target);
  if (problem !== undefined) yield warning(problem);
  if (at === undefined) {
    yield { kind: 'vmap-areas', areas: areas.length };
    for (const area of areas) yield { kind: 'vmap-area', area };
    return;
  }
  const area = at.physical
    ? vmapAreaOfPfn(target, target.pfnOf(at.address))?.area
    : vmapAreaOf(target, at.address);
  if (area) yield { kind: 'vmap-area', area };
}

const titles = `${center('VMAP_AREA', 16)}  ${center('VM_STRUCT', 16)}`;
const TITLE = `${titles}  ${center('ADDRESS RANGE', 35)}     SIZE`;

export function vmapPrinters({ mode }: Layout): PrinterByKind<VmapRecord> {
  const title = titleOnce(TITLE);
  return {
    'vmap-areas'({ areas }, out) {
      if (areas > 0) title(out);
    },
    'vmap-area'({ area }, out) {
      // Where an address is looked up everywhere its area is a table of its own.
      if (mode === undefined) out.line(TITLE);
      const size = String(area.end - area.start).padStart(7);
      const range = `${hex(area.start).padStart(16)} - ${hex(area.end).padEnd(16)}`;
      out.line(`${center(hex(area.address), 16)}  ${center(hex(area.vm), 16)}  ${range}  ${size}`);
      if (mode === undefined) out.line();
    },
  };
}
