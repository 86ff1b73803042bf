import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PT_REGS_X86_64 } from '../../src/arch/x86/registers.ts';
import { plus, type VAddr, va } from '../../src/base/address.ts';
import type { RegisterName, Stack } from '../../src/unwind/types.ts';
import { walkStack } from '../../src/unwind/walk.ts';
import { frameOf, irq, Machine, process, STACK, STACK_SIZE, TEXT } from './machine.ts';

const END = { ...frameOf(0), spReg: 'undefined', type: 'end-of-stack' } as const;
const REGS = frameOf(0, { type: 'regs' });
const at = (offset: number): VAddr => plus(STACK, offset);
const from = (ip: VAddr, sp: VAddr, registers = {}) => ({ ip, sp, registers, exact: false });

/** The words of a pt_regs. */
const ptRegs = (values: Partial<Record<RegisterName, bigint>>): bigint[] =>
  PT_REGS_X86_64.map((name) => values[name] ?? 0n);

describe('a walk', () => {
  test('follows return addresses by the distances of ORC to the end of the stack', () => {
    const machine = new Machine();
    const [a, b, c] = [machine.add(frameOf(24)), machine.add(frameOf(8)), machine.add(END)];
    machine.push(at(0x110), b);
    machine.push(at(0x118), c);
    const walk = walkStack(machine, from(a, at(0x100)), at(0xf8));
    expect(walk.end).toEqual({ kind: 'end' });
    expect(walk.frames.map(({ at: place, ip }) => [place, ip])).toEqual([
      [at(0xf8), a],
      [at(0x110), b],
      [at(0x118), c],
    ]);
  });

  test('restores the frame pointer for callers whose frames are measured from it', () => {
    const machine = new Machine();
    const saves = machine.add(frameOf(16, { bpReg: 'prev-sp', bpOffset: -16 }));
    const uses = machine.add(frameOf(16, { spReg: 'bp', bpReg: 'prev-sp', bpOffset: -16 }));
    const last = machine.add(END);
    machine.push(at(0x100), at(0x180), uses);
    machine.push(at(0x180), 0n, last);
    const walk = walkStack(machine, from(saves, at(0x100)), at(0xf8));
    expect(walk.frames.map(({ at: place }) => place)).toEqual([at(0xf8), at(0x108), at(0x188)]);
  });

  test('goes through saved registers to the interrupted function, and ends at those of user space', () => {
    const machine = new Machine();
    const exception = machine.add(REGS);
    const interrupted = machine.add(frameOf(8));
    const entry = machine.add(REGS);
    machine.push(at(0x100), ...ptRegs({ ip: interrupted, cs: 0x10n, sp: at(0x1a8) }));
    machine.push(at(0x1a8), entry);
    machine.push(at(0x1b0), ...ptRegs({ ip: 0x401000n, cs: 0x33n, sp: 0x7ffc0000n }));
    const walk = walkStack(machine, from(exception, at(0x100)), at(0xf8));
    expect(walk.end).toEqual({ kind: 'user' });
    expect(walk.frames.map(({ kind }) => kind)).toEqual(['call', 'interrupted', 'call']);
    expect(walk.frames[0]?.saved?.address).toBe(at(0x100));
    expect(walk.frames[2]?.saved?.registers.ip).toBe(0x401000n);
  });

  test.each([process, irq])('goes on where the stack pointer was below a full $name', (full) => {
    const machine = new Machine();
    const fault: Stack = {
      kind: 'exception',
      name: 'DOUBLEFAULT exception stack',
      base: va(0xfffffe0000009000n),
      top: va(0xfffffe000000a000n),
    };
    machine.stacks.push(fault);
    const handler = machine.add(REGS);
    const deep = machine.add(frameOf(0x308));
    const caller = machine.add(END);
    const sp = plus(full.base, -0x100);
    const regs = plus(fault.top, -0xa8);
    machine.push(regs, ...ptRegs({ ip: deep, cs: 0x10n, sp }));
    machine.push(plus(sp, 0x300), caller);
    const walk = walkStack(machine, from(handler, regs), plus(regs, -8));
    expect(walk.end).toEqual({ kind: 'end' });
    expect(walk.frames.map(({ stack }) => stack)).toEqual([fault, full, full]);
    expect(walk.frames.map(({ overflows }) => overflows)).toEqual([undefined, true, undefined]);
    expect(walk.frames[2]?.ip).toBe(caller);
  });

  test('takes the return address from the tracer whose trampoline stands in its place', () => {
    const machine = new Machine();
    const [a, b, c] = [machine.add(frameOf(24)), machine.add(frameOf(8)), machine.add(END)];
    const trampoline = machine.add(undefined);
    machine.trampolines.add(trampoline);
    machine.hidden.set(at(0x110), b);
    machine.push(at(0x110), trampoline, c);
    const walk = walkStack(machine, from(a, at(0x100)), at(0xf8));
    expect(walk.end).toEqual({ kind: 'end' });
    expect(walk.frames.map(({ ip }) => ip)).toEqual([a, b, c]);
    expect(walk.frames.map((frame) => frame.trampoline)).toEqual([
      undefined,
      trampoline,
      undefined,
    ]);
    expect(walk.frames.some(({ doubtful }) => doubtful)).toBe(false);
  });

  test('guesses behind an unknown trampoline, and marks all frames after it as doubtful', () => {
    const machine = new Machine();
    const [a, b, c] = [machine.add(frameOf(24)), machine.add(frameOf(8)), machine.add(END)];
    const trampoline = machine.add(undefined);
    machine.trampolines.add(trampoline);
    machine.push(at(0x110), trampoline, 0n, b, c);
    const walk = walkStack(machine, from(a, at(0x100)), at(0xf8));
    expect(walk.frames.map(({ ip }) => ip)).toEqual([a, trampoline, b, c]);
    expect(walk.frames.map(({ doubtful }) => doubtful)).toEqual([undefined, undefined, true, true]);
    expect(walk.frames.map(({ by }) => by)).toEqual(['start', 'orc', 'scan', 'orc']);
  });

  test('leaves an interrupt stack by the stack pointer that was saved at its top', () => {
    const machine = new Machine();
    const handler = machine.add(frameOf(8));
    const switcher = machine.add(frameOf(8, { spReg: 'sp-indirect' }));
    const caller = machine.add(END);
    const top = plus(irq.top, -8);
    machine.push(plus(top, -8), switcher);
    machine.push(top, at(0x200));
    machine.push(at(0x200), caller);
    const walk = walkStack(machine, from(handler, plus(top, -8)), plus(top, -16));
    expect(walk.frames.map(({ stack }) => stack)).toEqual([irq, irq, process]);
    expect(walk.frames[2]?.at).toBe(at(0x200));
  });

  test('returns from a call through a wild pointer to the caller', () => {
    const machine = new Machine();
    const caller = machine.add(END);
    machine.push(at(0x100), caller);
    const walk = walkStack(machine, {
      ip: va(0xffffc90000bad000n),
      sp: at(0x100),
      registers: {},
      exact: true,
    });
    expect(walk.frames.map(({ ip }) => ip)).toEqual([0xffffc90000bad000n, caller]);
  });

  test('takes the frame pointer where ORC has no entry, as in code made by BPF', () => {
    const machine = new Machine();
    const generated = machine.add(undefined);
    const caller = machine.add(END);
    machine.push(at(0x180), at(0x300), caller);
    const walk = walkStack(machine, from(generated, at(0x100), { bp: at(0x180) }), at(0xf8));
    expect(walk.frames.map(({ by }) => by)).toEqual(['start', 'frame-pointer']);
  });

  test('looks for the call of this very function when a register is not known, and marks anything less', () => {
    const machine = new Machine();
    const lost = machine.add(frameOf(16, { spReg: 'bp' }));
    const stale = machine.add(END, TEXT + 0xdead00n);
    const caller = machine.add(END, TEXT);
    machine.push(at(0x110), stale);
    machine.push(at(0x140), caller);
    const sure = walkStack(machine, from(lost, at(0x100)), at(0xf8));
    expect(sure.frames[1]).toMatchObject({ ip: caller, at: at(0x140), by: 'call' });
    machine.push(at(0x140), 0n);
    const guess = walkStack(machine, from(lost, at(0x100)), at(0xf8));
    expect(guess.frames[1]).toMatchObject({ ip: stale, by: 'scan' });
  });
});

describe('a hostile stack', () => {
  test('whose saved stack pointer goes back is left with the reason', () => {
    const machine = new Machine();
    const exception = machine.add(REGS);
    machine.push(at(0x100), ...ptRegs({ ip: exception, cs: 0x10n, sp: at(0x100) }));
    const walk = walkStack(machine, from(exception, at(0x100)), at(0xf8));
    expect(walk.end.kind).toBe('broken');
    expect(walk.frames).toHaveLength(1);
  });

  test('that leads from stack to stack in a circle ends', () => {
    const machine = new Machine();
    const exception = machine.add(REGS);
    machine.push(at(0x100), ...ptRegs({ ip: exception, cs: 0x10n, sp: irq.base }));
    machine.push(irq.base, ...ptRegs({ ip: exception, cs: 0x10n, sp: at(0x100) }));
    const walk = walkStack(machine, from(exception, at(0x100)), at(0xf8));
    expect(walk.end).toMatchObject({ kind: 'broken', reason: expect.stringContaining('circle') });
  });

  test('with a wild stack pointer in its registers ends, naming it', () => {
    const machine = new Machine();
    const exception = machine.add(REGS);
    machine.push(at(0x100), ...ptRegs({ ip: exception, cs: 0x10n, sp: 0xdead0000n }));
    const walk = walkStack(machine, from(exception, at(0x100)), at(0xf8));
    expect(walk.end).toMatchObject({ kind: 'broken', reason: expect.stringContaining('dead0000') });
    expect(walk.frames[0]?.saved).toBeDefined();
  });

  test('of random words never makes a walk throw, go on for ever, or go back on a stack', () => {
    const machine = new Machine();
    const entries = [
      frameOf(8),
      frameOf(64),
      REGS,
      frameOf(0, { type: 'regs-partial' }),
      frameOf(16, { spReg: 'bp' }),
      frameOf(8, { spReg: 'sp-indirect' }),
      frameOf(-8),
      frameOf(8, { spReg: 'r10' }),
      undefined,
      END,
    ];
    const ips = entries.map((entry) => machine.add(entry));
    const word = fc.oneof(
      fc.constantFrom(...ips),
      fc.nat(STACK_SIZE).map((offset) => STACK + BigInt(offset & ~7)),
      fc.nat(0x4000).map((offset) => irq.base + BigInt(offset)),
      fc.bigInt(0n, (1n << 64n) - 1n),
      fc.constant(0x10n),
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 40, maxLength: 300 }), fc.nat(9), (words, first) => {
        machine.words.clear();
        machine.push(STACK, ...words);
        machine.push(irq.base, ...words.toReversed());
        const walk = walkStack(machine, from(ips[first]!, at(8), { bp: at(64) }), at(0));
        expect(walk.frames.length).toBeLessThanOrEqual(2048);
        walk.frames.forEach((frame, i) => {
          const before = walk.frames[i - 1];
          if (!before || before.stack !== frame.stack) return;
          expect(frame.at >= before.at).toBe(true);
          if (before.kind === 'call') expect(frame.at > before.at).toBe(true);
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('a kernel without ORC', () => {
  test('is walked by frame pointers, through registers whose place is encoded in one', () => {
    const machine = new Machine();
    const [handler, entry, interrupted, caller] = [
      machine.add(undefined),
      machine.add(undefined),
      machine.add(undefined),
      machine.add(undefined),
    ];
    machine.push(at(0x100), at(0x150) | 1n, entry);
    machine.push(
      at(0x150),
      ...ptRegs({ ip: interrupted, cs: 0x10n, sp: at(0x220), bp: at(0x240) }),
    );
    machine.push(at(0x240), 0n, caller);
    const walk = walkStack(machine, from(handler, at(0xf0), { bp: at(0x100) }), at(0xe8));
    expect(walk.frames.map(({ ip, by }) => [ip, by])).toEqual([
      [handler, 'start'],
      [entry, 'frame-pointer'],
      [interrupted, 'orc'],
      [caller, 'frame-pointer'],
    ]);
    expect(walk.end).toEqual({ kind: 'end' });
  });
});
