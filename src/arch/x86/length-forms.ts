/** What follows an opcode of x86-64 in 64-bit mode: Intel SDM volume 2, appendix A. */
export const Form = {
  none: 0,
  illegal: 1,
  modrm: 2,
  modrmImm8: 3,
  /** Four bytes, two with the operand-size prefix. */
  modrmImm: 4,
  imm8: 5,
  imm16: 6,
  imm: 7,
  /** Eight bytes with REX.W. */
  immFull: 8,
  moffs: 9,
  rel8: 10,
  rel32: 11,
  enter: 12,
  prefix: 13,
  rex: 14,
  twoByte: 15,
  vex2: 16,
  vex3: 17,
  evex: 18,
  /** test, which has an immediate, and others, which have none. */
  group3Byte: 19,
  group3: 20,
  group4: 21,
  group5: 22,
  /** Only /0 exists. */
  onlyZeroImm8: 23,
  onlyZeroImm: 24,
  onlyZero: 25,
  /** The operand must be in memory. */
  memory: 26,
  segmentStore: 27,
  segmentLoad: 28,
  threeByte38: 29,
  threeByte3a: 30,
  bitTest: 31,
  group7: 32,
  /** A group in which /7 does not exist; /6 is of the newest processors. */
  belowSeven: 33,
  /** A control or debug register: mod is taken for 3. */
  register: 34,
} as const;
export type Form = (typeof Form)[keyof typeof Form];

type Range = readonly [from: number, to: number, form: Form];

function table(rest: Form, ranges: readonly Range[]): Uint8Array {
  const forms = new Uint8Array(256).fill(rest);
  for (const [from, to, form] of ranges) forms.fill(form, from, to + 1);
  return forms;
}

const arithmetic = (from: number): Range[] => [
  [from, from + 3, Form.modrm],
  [from + 4, from + 4, Form.imm8],
  [from + 5, from + 5, Form.imm],
  [from + 6, from + 7, Form.illegal],
];

/** By the opcode. */
export const ONE_BYTE = table(Form.none, [
  ...[0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38].flatMap(arithmetic),
  [0x0f, 0x0f, Form.twoByte],
  [0x26, 0x26, Form.prefix],
  [0x2e, 0x2e, Form.prefix],
  [0x36, 0x36, Form.prefix],
  [0x3e, 0x3e, Form.prefix],
  [0x40, 0x4f, Form.rex],
  [0x60, 0x61, Form.illegal],
  [0x62, 0x62, Form.evex],
  [0x63, 0x63, Form.modrm],
  [0x64, 0x67, Form.prefix],
  [0x68, 0x68, Form.imm],
  [0x69, 0x69, Form.modrmImm],
  [0x6a, 0x6a, Form.imm8],
  [0x6b, 0x6b, Form.modrmImm8],
  [0x70, 0x7f, Form.rel8],
  [0x80, 0x80, Form.modrmImm8],
  [0x81, 0x81, Form.modrmImm],
  [0x82, 0x82, Form.illegal],
  [0x83, 0x83, Form.modrmImm8],
  [0x84, 0x8b, Form.modrm],
  [0x8c, 0x8c, Form.segmentStore],
  [0x8d, 0x8d, Form.memory],
  [0x8e, 0x8e, Form.segmentLoad],
  [0x8f, 0x8f, Form.onlyZero],
  [0x9a, 0x9a, Form.illegal],
  [0xa0, 0xa3, Form.moffs],
  [0xa8, 0xa8, Form.imm8],
  [0xa9, 0xa9, Form.imm],
  [0xb0, 0xb7, Form.imm8],
  [0xb8, 0xbf, Form.immFull],
  [0xc0, 0xc1, Form.modrmImm8],
  [0xc2, 0xc2, Form.imm16],
  [0xc4, 0xc4, Form.vex3],
  [0xc5, 0xc5, Form.vex2],
  [0xc6, 0xc6, Form.onlyZeroImm8],
  [0xc7, 0xc7, Form.onlyZeroImm],
  [0xc8, 0xc8, Form.enter],
  [0xca, 0xca, Form.imm16],
  [0xcd, 0xcd, Form.imm8],
  [0xce, 0xce, Form.illegal],
  [0xd0, 0xd3, Form.modrm],
  [0xd4, 0xd6, Form.illegal],
  [0xd8, 0xdf, Form.modrm],
  [0xe0, 0xe3, Form.rel8],
  [0xe4, 0xe7, Form.imm8],
  [0xe8, 0xe9, Form.rel32],
  [0xea, 0xea, Form.illegal],
  [0xeb, 0xeb, Form.rel8],
  [0xf0, 0xf0, Form.prefix],
  [0xf2, 0xf3, Form.prefix],
  [0xf6, 0xf6, Form.group3Byte],
  [0xf7, 0xf7, Form.group3],
  [0xfe, 0xfe, Form.group4],
  [0xff, 0xff, Form.group5],
]);

/** By the byte after 0f. */
export const TWO_BYTES = table(Form.modrm, [
  [0x00, 0x00, Form.belowSeven],
  [0x01, 0x01, Form.group7],
  [0x04, 0x04, Form.illegal],
  [0x05, 0x09, Form.none],
  [0x0a, 0x0a, Form.illegal],
  [0x0b, 0x0b, Form.none],
  [0x0c, 0x0c, Form.illegal],
  [0x0e, 0x0f, Form.illegal],
  [0x20, 0x23, Form.register],
  [0x24, 0x27, Form.illegal],
  [0x30, 0x35, Form.none],
  [0x36, 0x36, Form.illegal],
  [0x37, 0x37, Form.none],
  [0x38, 0x38, Form.threeByte38],
  [0x39, 0x39, Form.illegal],
  [0x3a, 0x3a, Form.threeByte3a],
  [0x3b, 0x3f, Form.illegal],
  [0x70, 0x73, Form.modrmImm8],
  [0x77, 0x77, Form.none],
  [0x7a, 0x7b, Form.illegal],
  [0x80, 0x8f, Form.rel32],
  [0xa0, 0xa2, Form.none],
  [0xa4, 0xa4, Form.modrmImm8],
  [0xa6, 0xa7, Form.illegal],
  [0xa8, 0xaa, Form.none],
  [0xac, 0xac, Form.modrmImm8],
  [0xb2, 0xb2, Form.memory],
  [0xb4, 0xb5, Form.memory],
  [0xba, 0xba, Form.bitTest],
  [0xc2, 0xc2, Form.modrmImm8],
  [0xc3, 0xc3, Form.memory],
  [0xc4, 0xc6, Form.modrmImm8],
  [0xc8, 0xcf, Form.none],
  [0xff, 0xff, Form.illegal],
]);

/** Opcodes that may have a lock: SDM, LOCK. */
export const LOCKABLE = table(Form.illegal, [
  ...[0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30].map((at): Range => [at, at + 1, Form.none]),
  [0x80, 0x83, Form.none],
  [0x86, 0x87, Form.none],
  [0xf6, 0xf7, Form.none],
  [0xfe, 0xff, Form.none],
]);
/** Those after 0f. */
export const LOCKABLE_TWO = new Set([0xab, 0xb0, 0xb1, 0xb3, 0xba, 0xbb, 0xc0, 0xc1, 0xc7]);
