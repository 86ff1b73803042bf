import { describe, expect, test } from 'vitest';
import { PT_REGS_X86_64 } from '../../src/arch/x86/registers.ts';
import { va } from '../../src/base/address.ts';
import type { FrameRegisters } from '../../src/kernel/stacktrace/listing.ts';
import type { ShownFrame, StackView } from '../../src/kernel/stacktrace/views.ts';
import {
  type BacktraceStyle, backtraceLines, exceptionFrameLines,
} from '../../src/output/task/backtrace-text.ts';
import type { FullRegisters } from '../../src/unwind/types.ts';

const STYLE: BacktraceStyle = { offsets: false, radix: 10, outputRadix: 10, cacheAddresses: false };
const STACK = 0xffffc90000013000n;

const values = (cs: bigint): FullRegisters => {
  const all = Object.fromEntries(PT_REGS_X86_64.map((name, i) => [name, BigInt(i + 1)]));
  return { ...all, cs, ip: 0xffffffff81000123n, flags: 0x246n, ss: 0x18n } as FullRegisters;
};
const kernel: FrameRegisters = {
  address: va(STACK), values: values(0x10n), user: false,
  place: { address: va(0xffffffff81000123n), symbol: 'default_idle', offset: 19, module: undefined },
};
const user: FrameRegisters = { address: va(STACK), values: values(0x33n), user: true, place: undefined };

const frame = (index: number | undefined, symbol: string | undefined, more: Partial<ShownFrame> = {}): ShownFrame => ({
  index, sp: va(STACK + BigInt((index ?? 0) * 16)), ip: va(0xffffffff81000100n), symbol, offset: 256,
  module: undefined, kind: 'call', by: 'orc', leaves: undefined, registers: undefined, ...more,
});
const trace = (frames: readonly ShownFrame[], more = {}): StackView => ({
  view: 'trace', registers: undefined, overflow: undefined, frames, end: { kind: 'end' }, ...more,
});
const lines = (view: StackView, style: Partial<BacktraceStyle> = {}): string[] => [
  ...backtraceLines(view, { ...STYLE, ...style }),
];

describe('bt prints', () => {
  test('a frame with its number right-aligned to two digits, and the module of its code', () => {
    const view = trace([frame(9, 'schedule'), frame(10, 'faulty_thread', { module: 'faulty' })]);
    expect(lines(view)).toEqual([
      ' #9 [ffffc90000013090] schedule at ffffffff81000100',
      '#10 [ffffc900000130a0] faulty_thread at ffffffff81000100 [faulty]',
    ]);
  });

  test('a stack that was full, above the function that had filled it', () => {
    const overflow = { stack: 'process stack', base: va(STACK), top: va(STACK + 0x4000n), below: 232 };
    const view = trace([
      frame(0, 'asm_exc_double_fault', { leaves: 'DOUBLEFAULT exception stack' }),
      frame(1, 'faulty_stack', { kind: 'interrupted', overflow }),
    ]);
    expect(lines(view).slice(1, 3)).toEqual([
      '--- <DOUBLEFAULT exception stack> ---',
      '    [ stack overflow: the stack pointer is 232 bytes below the process stack, ffffc90000013000 - ffffc90000017000 ]',
    ]);
  });

  test('offsets with -s, in the radix of -x', () => {
    const view = trace([frame(0, 'schedule')]);
    expect(lines(view, { offsets: true })).toEqual([' #0 [ffffc90000013000] schedule+256 at ffffffff81000100']);
    expect(lines(view, { offsets: true, radix: 16 })[0]).toContain('schedule+0x100 at');
  });

  test('saved registers below the entry that saved them, and the stack that the chain leaves', () => {
    const view = trace([
      frame(0, 'asm_exc_nmi', { registers: kernel, leaves: 'NMI exception stack' }),
      frame(1, 'default_idle', { kind: 'interrupted' }),
    ]);
    expect(lines(view)).toEqual([
      ' #0 [ffffc90000013000] asm_exc_nmi at ffffffff81000100',
      '    [exception RIP: default_idle+19]',
      '    RIP: ffffffff81000123  RSP: 0000000000000014  RFLAGS: 00000246',
      '    RAX: 000000000000000b  RBX: 0000000000000006  RCX: 000000000000000c',
      '    RDX: 000000000000000d  RSI: 000000000000000e  RDI: 000000000000000f',
      '    RBP: 0000000000000005   R8: 000000000000000a   R9: 0000000000000009',
      '    R10: 0000000000000008  R11: 0000000000000007  R12: 0000000000000004',
      '    R13: 0000000000000003  R14: 0000000000000002  R15: 0000000000000001',
      '    ORIG_RAX: 0000000000000010  CS: 0010  SS: 0018',
      '--- <NMI exception stack> ---',
      ' #1 [ffffc90000013010] default_idle at ffffffff81000100',
    ]);
  });

  test('a CPU\'s own registers first, without ORIG_RAX; in user space nothing else', () => {
    const inKernel = lines(trace([frame(0, 'do_idle')], { registers: kernel }));
    expect(inKernel[0]).toBe('    [exception RIP: default_idle+19]');
    expect(inKernel[6]).toBe('    R13: 0000000000000003  R14: 0000000000000002  R15: 0000000000000001');
    expect(inKernel.slice(7)).toEqual([
      '    CS: 0010  SS: 0018', ' #0 [ffffc90000013000] do_idle at ffffffff81000100',
    ]);
    expect(lines(trace([], { registers: user }))[0]).toBe('    [exception RIP: user space]');
  });

  test('an exception at an address that is no code as such', () => {
    const wild = { ...kernel, place: { ...kernel.place!, symbol: undefined } };
    expect(lines(trace([frame(0, 'asm_exc_page_fault', { registers: wild })]))[1]).toBe(
      '    [exception RIP: unknown or invalid address]',
    );
  });

  test('no line for a frame without a number', () => {
    expect(lines(trace([frame(undefined, 'oops_end.cold')]))).toEqual([]);
  });

  test('a star behind a doubtful frame, and why a chain broke', () => {
    const view = trace([frame(0, 'a', { by: 'scan', doubtful: true })], {
      end: { kind: 'broken', reason: '46 at ffffc90000013008 is not a return address' },
    });
    expect(lines(view)).toEqual([
      ' #0 [ffffc90000013000] a at ffffffff81000100 *',
      '    [ the stack walk ends here: 46 at ffffc90000013008 is not a return address ]',
    ]);
  });

  test('stack words two a line; -F pads names to sixteen columns, -FF writes addresses of slab objects', () => {
    const words = {
      address: va(STACK),
      words: [
        { value: 0x10n },
        { value: 0xffffffff81000100n, symbol: { name: 'kthread', offset: 0 } },
        { value: 0xffff888001234560n, cache: 'task_struct' },
      ],
    };
    const view = trace([frame(1, 'schedule', { words })]);
    expect(lines(view).slice(0, 2)).toEqual([
      '    ffffc90000013000: 0000000000000010 kthread          ',
      '    ffffc90000013010: [task_struct]    ',
    ]);
    expect(lines(view, { cacheAddresses: true })[1]).toBe(
      '    ffffc90000013010: [ffff888001234560:task_struct] ',
    );
  });

  test('(no stack) for a task whose stack is gone', () => {
    expect(lines({ view: 'none' })).toEqual(['(no stack)']);
  });

  test('code words with -t, the first of them as START', () => {
    const word = { at: va(STACK), address: va(0xffffffff81000100n), symbol: 'schedule', offset: 1, module: undefined };
    const view: StackView = {
      view: 'text', start: { ip: va(0xffffffff81000100n), symbol: 'schedule' },
      segments: [{ words: [word], registers: undefined, leaves: 'IRQ stack' }],
    };
    expect(lines(view)).toEqual([
      '              START: schedule at ffffffff81000100',
      '  [ffffc90000013000] schedule at ffffffff81000100',
      '--- <IRQ stack> ---',
    ]);
  });

  test('registers found by searching under a heading that says whose', () => {
    expect([...exceptionFrameLines(user, STYLE)].slice(0, 3)).toEqual([
      '', '  USER-MODE EXCEPTION FRAME AT: ffffc90000013000',
      '    RIP: ffffffff81000123  RSP: 0000000000000014  RFLAGS: 00000246',
    ]);
  });
});
