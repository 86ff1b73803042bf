import { hex } from '../../base/address.ts';
import { taskStack } from '../../kernel/task/stack.ts';
import { isExiting } from '../../kernel/task/state.ts';
import { taskTable } from '../../kernel/task/tasks.ts';
import type { Check } from './check.ts';

/** include/uapi/linux/magic.h: the word at a stack's low end. */
const STACK_END_MAGIC = 0x57ac6e9dn;
const BYTE = 0xffn;

/** The last word of each stack, and the canary of each task. */
export const stacksCheck: Check = {
  name: 'stacks',
  title: 'the last word of each stack, and the canary of each task',
  *run(target, tally) {
    const { types, kernel } = target;
    // Without it the word lies above struct thread_info, which ends where the architecture says.
    const hasInfo = types.has('task_struct', 'thread_info');
    const canary = types.findMember('task_struct', 'stack_canary');
    for (const task of taskTable(target).tasks) {
      kernel.checkpoint();
      const stack = isExiting(task) ? undefined : taskStack(target, task);
      if (stack && hasInfo)
        yield* tally.one(() => {
          const found = kernel.word(stack.base);
          return found === STACK_END_MAGIC
            ? undefined
            : {
                address: stack.base,
                found,
                expected: STACK_END_MAGIC,
                text: `the last word of the stack of ${task.comm} (${task.pid}) is ${hex(found)} and not STACK_END_MAGIC`,
                command: `rd ${hex(stack.base)}`,
              };
        });
      if (canary)
        yield* tally.one(() => {
          const object = target.object('task_struct', task.address);
          const found = BigInt.asUintN(64, object.big('stack_canary'));
          // CANARY_MASK, include/linux/stackprotector.h: its low byte ends a string.
          return (found & BYTE) === 0n
            ? undefined
            : {
                address: object.addressOf('stack_canary'),
                found,
                expected: undefined,
                text: `the canary of ${task.comm} (${task.pid}) is ${hex(found)}: its low byte is always zero`,
                command: `task -R stack_canary ${task.pid}`,
              };
        });
    }
  },
};
