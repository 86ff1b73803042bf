import { describe, expect, test } from 'vitest';
import { openDisassembler } from '../../../src/arch/disassembler.ts';
import type { Operation } from '../../../src/arch/operation.ts';

const WIDE = openDisassembler({ name: 'x86_64' });
const AT = 0xffffffff81000000n;

/** The one operation of some bytes. */
function operation(code: string): Operation {
  const [found, ...others] = WIDE.operations(Buffer.from(code, 'hex'), AT);
  if (!found || others.length > 0) throw new Error(`${code} is not one instruction`);
  return found;
}

describe('what an instruction does', () => {
  test('mov 0x18(%rdi),%rax loads a word', () => {
    const { memory, assigns, reads, writes } = operation('488b4718');
    expect(memory).toMatchObject([
      { base: 'di', displacement: 0x18n, size: 8, reads: true, writes: false },
    ]);
    expect(assigns).toMatchObject({ register: 'ax', from: { kind: 'memory', size: 8 } });
    expect(reads).toContain('di');
    expect(writes).toContain('ax');
  });
  test('mov %rax,0x8(%rsp) stores a register', () => {
    expect(operation('4889442408').stores).toMatchObject({
      to: { base: 'sp', displacement: 8n },
      from: { kind: 'register', register: 'ax', plus: 0n },
    });
  });
  test('xor %eax,%eax leaves zero in the whole register', () => {
    expect(operation('31c0').assigns).toEqual({
      register: 'ax',
      from: { kind: 'constant', value: 0n },
    });
  });
  test('sub $0x10,%rsp takes from the stack pointer', () => {
    expect(operation('4883ec10').assigns).toEqual({
      register: 'sp',
      from: { kind: 'register', register: 'sp', plus: 0xfffffffffffffff0n },
    });
  });
  test('mov %cx,%ax changes a part of a register: it has no source', () => {
    const { assigns, writes } = operation('6689c8');
    expect(assigns).toBeUndefined();
    expect(writes).toContain('ax');
  });
  test('lea 0x10(%rip),%rdi has an address, and touches no memory', () => {
    const { memory, assigns } = operation('488d3d10000000');
    expect(memory.some(({ reads, writes }) => reads || writes)).toBe(false);
    expect(assigns).toMatchObject({
      register: 'di',
      from: { kind: 'address', operand: { base: undefined, displacement: AT + 7n + 0x10n } },
    });
  });
  test('push moves the stack pointer, and a jump has its target', () => {
    expect(operation('53')).toMatchObject({
      stackPointer: -8,
      stores: { from: { kind: 'register', register: 'bx' } },
    });
    expect(operation('eb0e')).toMatchObject({ flow: 'jump', target: AT + 0x10n });
  });
  test('mov %gs:0x28,%rax reads by a segment', () => {
    expect(operation('65488b042528000000').memory).toMatchObject([
      { segment: 'gs', displacement: 0x28n },
    ]);
  });
});
