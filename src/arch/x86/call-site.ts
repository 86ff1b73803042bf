import type { CallSite } from '../types.ts';

/**
 * Calls as the bytes before a return address show them: Intel SDM volume 2, CALL (E8 rel32, FF /2). Eight bytes are
 * read: `call *disp32(%base,%index,8)` has 7, and 8 with a REX prefix.
 */
export const CALL_SITE: CallSite = { bytes: 8, callEndingAt };

function callEndingAt(
  bytes: Uint8Array,
  address: bigint,
): { readonly target?: bigint } | undefined {
  const at = (back: number): number => bytes[bytes.length - back] ?? 0;
  if (at(5) === 0xe8) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const distance = BigInt(view.getInt32(bytes.length - 4, true));
    return { target: BigInt.asUintN(64, address + distance) };
  }
  // FF /2 by its length: register or plain memory 2, SIB 3, disp8 3 and 4, disp32 6 and 7.
  for (const length of INDIRECT_LENGTHS) {
    if (at(length) === 0xff && indirectLength(at(length - 1), at(length - 2)) === length) return {};
  }
  return undefined;
}

const INDIRECT_LENGTHS = [2, 3, 4, 6, 7];

/** Bytes of `FF modrm ...`; 0 when modrm is no call. */
function indirectLength(modrm: number, sib: number): number {
  if (((modrm >> 3) & 7) !== 2) return 0;
  const mod = modrm >> 6;
  const rm = modrm & 7;
  if (mod === 3) return 2;
  const hasSib = rm === 4 ? 1 : 0;
  if (mod === 1) return 3 + hasSib;
  if (mod === 2) return 6 + hasSib;
  if (rm === 5) return 6;
  return hasSib && (sib & 7) === 5 ? 7 : 2 + hasSib;
}
