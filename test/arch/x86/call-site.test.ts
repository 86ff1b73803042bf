import { describe, expect, test } from 'vitest';
import { CALL_SITE } from '../../../src/arch/x86/call-site.ts';

describe('a call', () => {
  const ending = (...code: readonly number[]) => {
    const memory = new Uint8Array(8).fill(0x90);
    memory.set(code, 8 - code.length);
    return CALL_SITE.callEndingAt(memory, 0xffffffff81000100n);
  };
  test('with a displacement has a target', () => {
    expect(ending(0xe8, 0xfb, 0xff, 0xff, 0xff)).toEqual({ target: 0xffffffff810000fbn });
  });
  test('through a register or memory has none', () => {
    expect(ending(0xff, 0xd0)).toEqual({});
    expect(ending(0x41, 0xff, 0x54, 0x24, 0x18)).toEqual({});
    expect(ending(0xff, 0x15, 1, 2, 3, 4)).toEqual({});
    expect(ending(0xff, 0x14, 0xc5, 0, 0, 0, 0)).toEqual({});
  });
  test('is not any other instruction', () => {
    expect(ending(0x48, 0x89, 0xe5)).toBeUndefined();
    // jmp *%rax is FF /4.
    expect(ending(0xff, 0xe0)).toBeUndefined();
  });
});
