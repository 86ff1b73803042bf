import { describe, expect, test } from 'vitest';
import { CrashError } from '../../src/base/errors.ts';
import { DebugFile } from '../../src/debuginfo/debug-file.ts';
import type { CallFrame } from '../../src/debuginfo/frames/call-frame.ts';
import { ByteWriter } from './byte-writer.ts';
import { writeElf } from './elf-writer.ts';
import { MemoryFile, TEXT } from './sample-file.ts';

const RSP = 7;
const RBP = 6;
const RA = 16;

/** One CIE and one FDE of 0x40 bytes at TEXT: push %rbp; mov %rsp,%rbp; ...; pop, and a part that is reached by a jump. */
function frames(isEh: boolean): Uint8Array {
  const out = new ByteWriter();
  const entry = (write: (body: ByteWriter) => void): void => {
    const body = new ByteWriter();
    write(body);
    body.align(4);
    out.u32(body.length).raw(body.bytes);
  };
  entry((body) => {
    body
      .u32(isEh ? 0 : 0xffffffff)
      .u8(1)
      .text(isEh ? 'zR' : '')
      .uleb(1)
      .sleb(-8)
      .u8(RA);
    if (isEh) body.uleb(1).u8(0x1b);
    // def_cfa rsp+8; return address at cfa-8.
    body.raw([0x0c, RSP, 8, 0x80 | RA, 1]);
  });
  entry((body) => {
    // In .eh_frame the distance back to the CIE, and an address that counts from its own place.
    const idAt = out.length + 4;
    if (isEh)
      body
        .u32(idAt)
        .number(TEXT - (EH_AT + BigInt(idAt + 4)), 4)
        .u32(0x40)
        .uleb(0);
    else body.u32(0).u64(TEXT).u64(0x40);
    body.raw([0x41, 0x0e, 16, 0x80 | RBP, 2]); // after 1: cfa rsp+16, rbp at cfa-16
    body.raw([0x43, 0x0d, RBP]); // after 4: cfa rbp+16
    body.raw([0x50, 0x0a, 0xc0 | RBP, 0x0c, RSP, 8]); // after 0x14: remember; restore rbp, cfa rsp+8
    body.raw([0x41, 0x0b]); // after 0x15: as before
    body.raw([0x41, 0x2e, 0x10, 0x16, 3, 1, 0x77]); // after 0x16: args_size, a value by expression
  });
  return out.bytes;
}
const EH_AT = 0xffffffff82000000n;

const fileOf = (isEh: boolean): Uint8Array =>
  writeElf([
    { name: '.text', type: 8, flags: 6, address: TEXT, size: 0x1000 },
    { name: isEh ? '.eh_frame' : '.debug_frame', bytes: frames(isEh), address: isEh ? EH_AT : 0n },
  ]);

const text = (frame: CallFrame | undefined): string => {
  if (frame?.address.kind !== 'register') return 'none';
  const saved = frame.rules.get(RBP);
  const where = saved?.kind === 'offset' ? `, bp at ${saved.offset}` : '';
  return `${frame.address.register === RSP ? 'sp' : 'bp'}+${frame.address.offset}${where}`;
};

describe('call frame information', () => {
  test.each([false, true])(
    'says how a function is left at each of its addresses (.eh_frame: %s)',
    (isEh) => {
      const { frames: table } = new DebugFile(new MemoryFile(fileOf(isEh)));
      const at = (offset: number): string => text(table.at(TEXT + BigInt(offset)));
      expect([0, 1, 3, 4, 0x13, 0x14, 0x15, 0x3f].map(at)).toEqual([
        'sp+8',
        'sp+16, bp at -16',
        'sp+16, bp at -16',
        'bp+16, bp at -16',
        'bp+16, bp at -16',
        'sp+8',
        'bp+16, bp at -16',
        'bp+16, bp at -16',
      ]);
      expect(at(0x40)).toBe('none');
      expect(at(-1)).toBe('none');
      expect(table.at(TEXT + 0x20n)?.rules.get(3)).toMatchObject({ kind: 'value-expression' });
      expect(table.at(TEXT)?.rules.get(RA)).toEqual({ kind: 'offset', offset: -8 });
    },
  );

  test('each byte changed once gives an answer or a typed error', () => {
    const whole = fileOf(false);
    for (let at = 0; at < whole.length; at++) {
      for (const flip of [0xff, 0x03]) {
        const bytes = Uint8Array.from(whole);
        bytes[at] = (bytes[at] as number) ^ flip;
        try {
          new DebugFile(new MemoryFile(bytes)).frames.at(TEXT + 0x20n);
        } catch (error) {
          if (!(error instanceof CrashError)) throw error;
        }
      }
    }
  });
});
