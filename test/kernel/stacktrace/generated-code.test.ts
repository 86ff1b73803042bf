import { describe, expect, test } from 'vitest';
import { va } from '../../../src/base/address.ts';
import { generatedCodeAt } from '../../../src/kernel/stacktrace/generated-code.ts';
import { codePlace } from '../../../src/kernel/stacktrace/listing.ts';
import { functionAt, SHADOW, TracedMachine } from './traced-target.ts';

const CODE = 0xffffffffc0100000n;
const LISTS = 'struct list_head { struct list_head *next, *prev; };';
/** A string in words of eight bytes. */
const text = (name: string, words: number): bigint[] => {
  const bytes = new DataView(new ArrayBuffer(words * 8));
  for (const [i, char] of [...name].entries()) bytes.setUint8(i, char.charCodeAt(0));
  return Array.from({ length: words }, (_, i) => bytes.getBigUint64(i * 8, true));
};

describe('code that the kernel made', () => {
  test('by BPF has the name of its bpf_ksym, programs and trampolines alike', () => {
    const head = SHADOW;
    const symbols = [SHADOW + 256n, SHADOW + 512n];
    const link = 144n;
    const machine = new TracedMachine(
      `${LISTS} struct bpf_ksym { unsigned long start; unsigned long end; char name[128]; struct list_head lnode; };`,
    )
      .words(0, symbols[0]! + link, symbols[1]! + link)
      .words(256, CODE, CODE + 0x80n, ...text('bpf_prog_6deef7357e7b4530_trace', 16))
      .words(256 + 144, symbols[1]! + link, head)
      .words(512, CODE + 0x1000n, CODE + 0x2000n, ...text('bpf_trampoline_6442494411', 16))
      .words(512 + 144, head, symbols[0]! + link);
    const target = machine.target({ bpf_kallsyms: head });
    expect(codePlace(target, va(CODE + 0x41n))).toEqual({
      address: CODE + 0x41n,
      symbol: 'bpf_prog_6deef7357e7b4530_trace',
      offset: 0x41,
      module: undefined,
    });
    expect(codePlace(target, va(CODE + 0x1010n)).symbol).toBe('bpf_trampoline_6442494411');
    expect(codePlace(target, va(CODE + 0x80n)).symbol).toBeUndefined();
    expect(codePlace(target, va(CODE - 1n)).symbol).toBeUndefined();
  });

  test('by BPF before 5.7 has the name that its tag and its own name make', () => {
    const [head, aux, program] = [SHADOW, SHADOW + 256n, SHADOW + 512n];
    const machine = new TracedMachine(
      `${LISTS}
      struct bpf_prog { unsigned short pages; @8 unsigned char tag[8]; @16 void *bpf_func; };
      struct bpf_prog_aux { struct list_head ksym_lnode; struct bpf_prog *prog; char name[16]; };`,
    )
      .words(0, aux, aux)
      .words(256, head, head, program, ...text('count', 2))
      .words(512, 0n, 0x30457b7e35f7ee6dn, CODE + 0x40n);
    // struct bpf_binary_header: two pages.
    machine.memory.piece(CODE, 64).setUint32(0, 2, true);
    const code = generatedCodeAt(machine.target({ bpf_kallsyms: head }), va(CODE + 0x50n));
    expect(code?.name).toBe('bpf_prog_6deef7357e7b4530_count');
    expect(code?.end).toBe(CODE + 0x2000n);
  });

  test('by the function tracer is told by the users of the tracer, in a list that may be cut', () => {
    const [list, ops, other] = [SHADOW, SHADOW + 256n, SHADOW + 512n];
    const machine = new TracedMachine(
      'struct ftrace_ops { void *func; struct ftrace_ops *next; unsigned long flags; unsigned long trampoline; unsigned long trampoline_size; };',
    )
      .words(0, ops)
      .words(256, 0n, other, 4n, CODE, 0x200n)
      .words(512, 0n, ops, 0n, functionAt(3), 0n);
    const target = machine.target({
      ftrace_ops_list: list,
      ftrace_list_end: SHADOW + 2048n,
      ftrace_caller: functionAt(10),
      ftrace_regs_caller: functionAt(11),
    });
    expect(codePlace(target, va(CODE + 0x1f0n)).symbol).toBe('ftrace_trampoline');
    expect(codePlace(target, va(CODE + 0x200n)).symbol).toBeUndefined();
  });

  test('of a kernel that has none of it stays without a name', () => {
    const target = new TracedMachine(LISTS).target();
    expect(generatedCodeAt(target, va(CODE))).toBeUndefined();
  });
});
