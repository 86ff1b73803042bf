import { hex, type VAddr } from '../../base/address.ts';
import { checkStackEnd } from '../../kernel/stacktrace/stack-check.ts';
import { taskStack } from '../../kernel/task/stack.ts';
import { type Evidence, type Fact, fact } from '../facts.ts';
import { frameNumber, subjectOf, tellingCalls } from '../scene/chain.ts';
import { faultOf } from '../scene/fault.ts';
import { attempt, callersOf, findCall, type Scene } from '../scene/scene.ts';
import type { Detector } from './detector.ts';
import { firstFault } from './pointer-fault.ts';

/** Stacks that were too small, and stacks that were written over. */
export const stack: Detector = {
  name: 'stack',
  looksFor: 'a stack pointer below its stack, canaries, and the word at the end of the stack',
  needs: ['symbols', 'stack'],
  *find(scene) {
    yield* overflow(scene);
    yield* canary(scene);
    yield* overrun(scene);
  },
};

function* overflow(scene: Scene): Generator<Fact> {
  const { trace, calls, target, task } = scene;
  const entry = firstFault(scene);
  const found = trace?.overflow ?? calls.find(({ frame }) => frame.overflow)?.frame.overflow;
  const guard = entry && !found ? inGuardPage(scene) : undefined;
  if (!found && guard === undefined) return;
  const outer = tellingCalls(entry?.outer ?? calls);
  const subject = subjectOf(outer[0]);
  const repeated = recursion(outer.map(({ name }) => name));
  const base = found?.base ?? (task && taskStack(target, task)?.base);
  yield fact({
    class: 'stack-overflow',
    certainty: 'certain',
    subject,
    summary: `${subject ?? 'the kernel'} ran out of its ${found?.stack ?? 'process stack'}${repeated > 2 ? `: it calls itself, ${repeated} times on the stack` : ''}`,
    evidence: [
      {
        text: found
          ? `the stack pointer was ${found.below} bytes below the stack, which begins at ${hex(found.base)}`
          : `the access to ${hex(guard ?? 0n)} met the guard page below the stack`,
        command: 'bt -f',
        address: base,
      },
    ],
  });
}

/** How often the first function stands on the stack in a row of at most two that take turns. */
function recursion(names: readonly string[]): number {
  const [first, second] = names;
  let count = 0;
  for (const name of names) {
    if (name === first) count++;
    else if (name !== second) break;
  }
  return count;
}

/** The address of the access, when it lies in the page below the task's stack. */
function inGuardPage(scene: Scene): VAddr | undefined {
  const { target, task } = scene;
  const entry = firstFault(scene);
  const own = task && attempt(() => taskStack(target, task));
  if (!entry || !own) return undefined;
  const { address } = faultOf(scene, entry);
  const isBelow =
    address !== undefined && address < own.base && address >= own.base - BigInt(target.pageSize);
  return isBelow ? address : undefined;
}

function* canary(scene: Scene): Generator<Fact> {
  const failed = findCall(scene, '__stack_chk_fail');
  if (!failed) return;
  const [guilty] = callersOf(scene, failed);
  const subject = subjectOf(guilty);
  yield fact({
    class: 'stack-smashed',
    certainty: 'certain',
    subject,
    summary: `${subject ?? 'a function'} found its stack canary overwritten when it returned`,
    evidence: [
      {
        text: `__stack_chk_fail() was called by ${guilty?.symbol ?? 'it'}, frame ${guilty ? frameNumber(guilty) : '?'}`,
        command: 'bt -f',
        address: guilty?.sp,
      },
      ...brokenFrames(scene),
    ],
    unchecked: ['which write went beyond its buffer: it left no trace but the bytes'],
  });
}

/** Words above the frame that repeat one byte: what was written over the stack. */
function* brokenFrames({ target, calls }: Scene): Generator<Evidence> {
  const failed = calls.find(({ name }) => name === '__stack_chk_fail');
  const guilty = failed && calls[calls.indexOf(failed) + 1];
  if (!guilty) return;
  for (let at = guilty.sp - 64n; at < guilty.sp + 64n; at += 8n) {
    const word = target.kernel.tryWord(at as VAddr);
    if (word === undefined || word === 0n || word !== (word & 0xffn) * 0x0101_0101_0101_0101n)
      continue;
    const byte = Number(word & 0xffn);
    const character = byte >= 0x20 && byte < 0x7f ? ` ("${String.fromCharCode(byte)}")` : '';
    yield {
      text: `the stack at ${hex(at)} is filled with the byte ${byte.toString(16)}${character}`,
      command: `rd ${hex(at)} 8`,
      address: at as VAddr,
      value: word,
    };
    return;
  }
}

/** An access just above the stack, or a last word that is gone. */
function* overrun(scene: Scene): Generator<Fact> {
  const { target, task } = scene;
  const own = task && attempt(() => taskStack(target, task));
  if (!task || !own) return;
  const entry = firstFault(scene);
  const address = entry && faultOf(scene, entry).address;
  if (
    entry &&
    address !== undefined &&
    address >= own.top &&
    address < own.top + BigInt(target.pageSize)
  ) {
    const subject = subjectOf(tellingCalls(entry.outer)[0]);
    yield fact({
      class: 'stack-smashed',
      certainty: 'certain',
      subject,
      summary: `${subject ?? 'the kernel'} wrote over its whole stack, up to ${hex(own.top)} and beyond its end`,
      evidence: [
        {
          text: `the access to ${hex(address)} lies just above the stack`,
          command: 'bt -f',
          address,
        },
      ],
    });
    return;
  }
  // Before 4.9 (c65eacbe290b, sched/core: Allow putting thread_info into task_struct) the word lies above struct thread_info.
  if (!target.types.has('task_struct', 'thread_info')) return;
  const end = attempt(() => checkStackEnd(target, task));
  if (end?.value === undefined || scene.calls.length === 0) return;
  yield fact({
    class: 'stack-smashed',
    certainty: 'likely',
    subject: subjectOf(tellingCalls(entry?.outer ?? scene.calls)[0]),
    summary: `the last word of the stack of ${task.comm} was written over`,
    evidence: [
      {
        text: `STACK_END_MAGIC (57ac6e9d) is gone from ${hex(end.address)}`,
        command: `rd ${hex(end.address)}`,
        address: end.address,
        value: end.value,
      },
    ],
  });
}
