import { btfOf } from '../../../dumps/build/btf.ts';
import { Declarations } from '../../../dumps/build/declarations.ts';
import { x8664 } from '../../../src/arch/x86/x86-64.ts';
import { type VAddr, va } from '../../../src/base/address.ts';
import { KernelObject, type ObjectHome } from '../../../src/kernel/core/object.ts';
import type { Target } from '../../../src/kernel/core/target.ts';
import type { Task } from '../../../src/kernel/task/tasks.ts';
import { openBtf } from '../../../src/types/btf.ts';
import { fakeTarget, Pieces } from '../fake-target.ts';

export const TASK = va(0xffff888001000000n);
export const SHADOW = va(0xffff888002000000n);
export const TEXT = 0xffffffff81000000n;
const FUNCTIONS = 64;
const SIZE = 0x100n;

/** Where a function begins, and behind the call in its middle. */
export const functionAt = (i: number): VAddr => va(TEXT + BigInt(i) * SIZE);
export const returnInto = (i: number): VAddr => va(functionAt(i) + 0x40n);

const NAMES = new Map<number, string>([
  [60, 'return_to_handler'],
  [61, 'arch_rethook_trampoline'],
  [62, 'kretprobe_trampoline'],
]);
export const RETURN_TO_HANDLER = functionAt(60);
export const RETHOOK_TRAMPOLINE = functionAt(61);
export const KRETPROBE_TRAMPOLINE = functionAt(62);

/** A machine with a task_struct, a page for a tracer's tables, and text in which a call ends at each `returnInto`. */
export class TracedMachine {
  readonly memory = new Pieces();
  readonly task = this.memory.piece(TASK, 256);
  readonly shadow = this.memory.piece(SHADOW, 4096);
  readonly types;

  constructor(declarations: string) {
    this.types = openBtf(btfOf(new Declarations().parse(declarations)), 8);
    const text = this.memory.piece(TEXT, FUNCTIONS * Number(SIZE));
    // call rel32
    for (let i = 0; i < FUNCTIONS; i++) text.setUint8(i * Number(SIZE) + 0x40 - 5, 0xe8);
  }

  setTask(member: string, value: bigint): this {
    const { offset, size } = this.types.member('task_struct', member);
    if (size === 8) this.task.setBigUint64(offset, BigInt.asUintN(64, value), true);
    else this.task.setInt32(offset, Number(value), true);
    return this;
  }

  /** Writes words into the tracer's page. */
  words(offset: number, ...values: readonly bigint[]): this {
    for (const [i, value] of values.entries())
      this.shadow.setBigUint64(offset + i * 8, BigInt.asUintN(64, value), true);
    return this;
  }

  target(symbols: Record<string, bigint> = {}): Target {
    const { memory, types } = this;
    const home: ObjectHome = {
      types,
      memory: { kernel: memory },
      findMember: (type, path) => types.findMember(type, path),
    };
    const fake = fakeTarget(memory, '', symbols);
    return Object.defineProperties(fake, {
      pageSize: { value: 4096 },
      types: { value: types },
      arch: { value: x8664({ fiveLevel: false, smeMask: 0n }) },
      object: { value: (type: string, address: VAddr) => new KernelObject(home, type, address) },
      findMember: { value: home.findMember },
      symbols: {
        value: {
          at: (address: bigint) => {
            const i = Number((address - TEXT) / SIZE);
            if (address < TEXT || i >= FUNCTIONS) return undefined;
            const name = NAMES.get(i) ?? `f${i}`;
            return {
              symbol: { name, address: functionAt(i) },
              offset: Number(address - functionAt(i)),
            };
          },
        },
      },
    });
  }
}

export const tracedTask = { address: TASK } as Task;
