/** The longest call is 7 bytes: `call *disp32(%base,%index,8)` with a REX prefix is 8 (Intel SDM 2, CALL). */
export const CALL_BYTES = 8;

/**
 * Does a call instruction end where these bytes end? `bytes` are the CALL_BYTES before `address`; the answer
 * has the target of a direct call. Opcodes: Intel SDM volume 2, CALL (E8 rel32, FF /2).
 */
export function callEndingAt(
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

/** Bytes of `FF modrm ...`; 0 when modrm does not say call. */
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
