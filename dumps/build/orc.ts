/** The struct orc_entry formats: by the kernel release that began each (src/unwind/orc-format.ts). */
export type OrcStyle = '4.14' | '4.19' | '6.4' | '7.1';

const CODE = {
  '4.14': { sp: 5, bpUnknown: 0, prev: 1, call: 0, regs: 1, undefinedSp: 0 },
  '4.19': { sp: 5, bpUnknown: 0, prev: 1, call: 0, regs: 1, undefinedSp: 0 },
  '6.4': { sp: 5, bpUnknown: 0, prev: 1, call: 2, regs: 3, undefinedSp: 0 },
  '7.1': { sp: 3, bpUnknown: 0, prev: 8, call: 2, regs: 3, undefinedSp: 0 },
} as const;

/** An entry: the distance of the caller's stack from the stack pointer, and the place of bp below that. */
export interface OrcShape {
  readonly kind: 'call' | 'regs' | 'end';
  readonly cfa: number;
  readonly bp?: number;
}

/** Six bytes of .orc_unwind. */
export function orcEntry(
  style: OrcStyle,
  { kind, cfa, bp }: OrcShape,
  spCode?: number,
): Uint8Array {
  const codes = CODE[style];
  const bytes = new Uint8Array(6);
  const view = new DataView(bytes.buffer);
  const old = style === '4.14' || style === '4.19';
  if (kind === 'end') {
    view.setUint8(5, old ? (style === '4.19' ? 4 : 0) : 1);
    return bytes;
  }
  view.setInt16(0, cfa, true);
  view.setInt16(2, bp ?? 0, true);
  view.setUint8(4, (spCode ?? codes.sp) | ((bp === undefined ? codes.bpUnknown : codes.prev) << 4));
  view.setUint8(5, kind === 'call' ? codes.call : codes.regs);
  return bytes;
}

/** The kernel's own example, orc_fp_entry: CFA = BP + 16, BP at CFA - 16. */
export const framePointerEntry = (style: OrcStyle): Uint8Array =>
  orcEntry(style, { cfa: 16, bp: -16, kind: 'call' }, BP_REGISTER);

/** ORC_REG_BP, the same number in all formats. */
const BP_REGISTER = 4;
