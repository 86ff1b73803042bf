import { bytesOf } from './ram.ts';

export type SavedRegister = 'bp' | 'bx' | 'r12' | 'r13' | 'r14' | 'r15';

const PUSH: Readonly<Record<SavedRegister, string>> = {
  bp: '55',
  bx: '53',
  r12: '4154',
  r13: '4155',
  r14: '4156',
  r15: '4157',
};
const POP: Readonly<Record<SavedRegister, string>> = {
  bp: '5d',
  bx: '5b',
  r12: '415c',
  r13: '415d',
  r14: '415e',
  r15: '415f',
};
/** nopl 0(%rax,%rax,1): where ftrace would call. */
const FENTRY = '0f1f440000';

/** What ftrace would patch, the pushes, and room for locals. */
export const prologueOf = (saves: readonly SavedRegister[], frame: number): string =>
  FENTRY + saves.map((name) => PUSH[name]).join('') + stackStep('ec', frame - saves.length * 8);
export const epilogueOf = (saves: readonly SavedRegister[], frame: number): string => {
  const pops = saves.toReversed().map((name) => POP[name]);
  return `${stackStep('c4', frame - saves.length * 8)}${pops.join('')}c3`;
};

/** Bytes of a call by a 32-bit distance. */
export const DIRECT_CALL = 5;

/** `call target`, ending where it returns to. */
export function directCall(returns: bigint, target: bigint): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = 0xe8;
  new DataView(bytes.buffer).setInt32(1, Number(BigInt.asIntN(32, target - returns)), true);
  return bytes;
}

/** `sub/add $n,%rsp`, with the short form where it fits. */
export function stackStep(operation: 'ec' | 'c4', bytes: number): string {
  if (bytes === 0) return '';
  const hex = (value: number, width: number) =>
    Buffer.from(new Uint8Array(new Uint32Array([value]).buffer))
      .toString('hex')
      .slice(0, width * 2);
  return bytes < 0x80 ? `4883${operation}${hex(bytes, 1)}` : `4881${operation}${hex(bytes, 4)}`;
}

/** Instructions without effect on the stack, by length: nop; xor; mov; mov from memory; mov of a constant. */
const FILLERS = [
  [],
  ['90'],
  ['31c0', '89c6'],
  ['4889fb', '4885c0', '4889de'],
  ['488b4310', '48894308', '0fb64308'],
  ['be01000000', 'b8f4ffffff'],
].map((group) => group.map(bytesOf));

/** Fills [from, to) of a function's code with whole instructions. */
export function fill(body: Uint8Array, from: number, to: number): void {
  for (let at = from, turn = from; at < to; turn++) {
    // A step of two to five bytes that leaves no single one, as far as there is room.
    const wanted = 2 + ((turn * 7 + (at >> 3)) % 4);
    const length = to - at <= 5 ? to - at : to - at - wanted === 1 ? 2 : wanted;
    const group = FILLERS[length] ?? [];
    body.set(group[turn % Math.max(1, group.length)] ?? bytesOf('90'), at);
    at += length;
  }
}
