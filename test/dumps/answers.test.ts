import { describe, expect, test } from 'vitest';
import { flippedBit } from '../../dumps/incidents/flipped-bit.ts';
import { healthy } from '../../dumps/incidents/healthy.ts';
import { mutexDeadlock } from '../../dumps/incidents/mutex-deadlock.ts';
import { useAfterFree } from '../../dumps/incidents/use-after-free.ts';
import { runTranscript } from '../../dumps/transcript.ts';
import { answer, openBytes } from './open-image.ts';

/** What a person sees of an image, against what its spec says. */
const openOnce = (image: typeof healthy) => {
  let target: ReturnType<typeof openBytes> | undefined;
  return () => {
    target ??= openBytes(image.build().kdump());
    return target;
  };
};
const hex = (value: bigint): string => value.toString(16);

describe('the healthy machine', () => {
  const open = openOnce(healthy);
  const { story, pages } = healthy.build();
  const say = async (line: string) => (await answer(open(), line)).join('\n');

  test('sys names the host, its release, and how long it ran', async () => {
    const text = await say('sys');
    expect(text).toContain('NODENAME: kestrel');
    expect(text).toContain(`RELEASE: ${healthy.spec.kernel.release}`);
    expect(text).toContain('UPTIME: 01:23:45');
    expect(text).toContain('LOAD AVERAGE: 0.42, 0.31, 0.18');
    expect(text).toContain(`TASKS: ${story.tasks.built.size}`);
  });

  test('ps marks the tasks on the CPUs, and nests threads under their process', async () => {
    const rows = (await answer(open(), 'ps')).filter((row) => row.startsWith('>'));
    expect(rows.map((row) => row.split(/\s+/)[1])).toEqual(['0', '1207']);
    expect(await say('ps -g primes')).toMatch(/PID: 1207[\s\S]*PID: 1208/);
  });

  test('bt of a thread in a module names the module', async () => {
    const rows = await answer(open(), 'bt 94');
    const frame = story.task(94).stack.frames.find(({ place }) => place.startsWith('kestrel_poll'));
    expect(rows).toContain(
      ` #3 [${hex(frame?.at ?? 0n)}] kestrel_poll at ${hex(frame?.ip ?? 0n)} [kestrel_net]`,
    );
  });

  test('bt of a task on a CPU begins with what the CPU was at', async () => {
    expect(await say('bt 1207')).toContain('[exception RIP: copy_user_generic_string+44]');
  });

  test('vtop walks a user page of two megabytes to its memory and its file', async () => {
    const at = 0x7f3a10200000n;
    const frame = story.task(731).mm?.frames.get(at) ?? 0;
    const text = await say(`vtop -c 731 ${hex(at)}`);
    expect(text).toContain(`PAGE: ${frame.toString(16)}  (2MB)`);
    expect(await say('vtop -c 731 55d0c0a00000')).toContain('/usr/bin/bash');
  });

  test('rd shows the words of a user page', async () => {
    const [, read] = await runTranscript(open(), ['set 731', 'rd -u 55d0c2c00000 2']);
    expect(read?.lines.join('\n')).toMatch(/0000000000000021 00000000deadbeef/);
  });

  test('kmem -i counts the free pages that there are', async () => {
    expect(await say('kmem -i')).toMatch(new RegExp(`FREE\\s+${pages.freePages} `));
  });

  test('kmem says of a task that it is an object of task_struct', async () => {
    const text = await say(`kmem ${hex(story.task(731).address)}`);
    expect(text).toMatch(/task_struct[\s\S]*\[ALLOCATED\][\s\S]*COMMAND: "bash"/);
  });

  test('kmem -p gives every frame its struct page', async () => {
    const rows = await answer(open(), 'kmem -p');
    expect(rows).toHaveLength(1 + 32_768);
    expect(rows[2]).toMatch(new RegExp(`^${hex(story.kernel.pageMap.page(1))} `));
  });

  test('sym finds a function by name and by address', async () => {
    const at = story.kernel.text.resolve('schedule');
    expect(await say('sym schedule')).toBe(`${hex(at)} (T) schedule`);
    expect(await say(`sym ${hex(at + 0x5en)}`)).toBe(`${hex(at + 0x5en)} (T) schedule+94`);
  });

  test('mod lists the module with its base and its size', async () => {
    const module = story.modules.get('kestrel_net');
    expect(await say('mod')).toMatch(
      new RegExp(`kestrel_net +${hex(module?.base ?? 0n)} +${module?.size} `),
    );
  });
});

describe('the incidents', () => {
  test('of the deadlock, each thread owns the mutex that the other waits for', async () => {
    const target = openOnce(mutexDeadlock)();
    const { story } = mutexDeadlock.build();
    for (const [name, owner] of [
      ['heron_disk_lock', 212],
      ['heron_journal_lock', 213],
    ] as const) {
      const value = target.kernel.u64((story.notes.get(name) ?? 0n) as never);
      expect(value & ~7n).toBe(story.task(owner).address);
      expect((await answer(target, `bt ${owner}`)).join('\n')).toMatch(/__mutex_lock/);
    }
    expect((await answer(target, 'ps')).filter((row) => row.includes(' UN '))).toHaveLength(2);
  });

  test('of the use after free, the object that was used is free', async () => {
    const target = openOnce(useAfterFree)();
    const { notes } = useAfterFree.build().story;
    const session = notes.get('session') ?? 0n;
    expect((await answer(target, 'bt')).join('\n')).toMatch(
      new RegExp(
        `RIP: otter_expire\\+31\\][\\s\\S]*RAX: ${hex(notes.get('garbage') ?? 0n)}[\\s\\S]*RDI: ${hex(session)}`,
      ),
    );
    const text = (await answer(target, `kmem ${hex(session)}`)).join('\n');
    expect(text).toMatch(new RegExp(`otter_session[\\s\\S]* {3}${hex(session)}`));
    expect(text).not.toContain(`[${hex(session)}]`);
    expect(target.kernel.u64((session + 24n) as never)).toBe(notes.get('garbage'));
  });

  test('of the flipped bit, memory and the faulting register have the same wrong pointer', async () => {
    const target = openOnce(flippedBit)();
    const { notes } = flippedBit.build().story;
    const [good, bad] = [notes.get('good') ?? 0n, notes.get('bad') ?? 0n];
    const text = (await answer(target, 'bt')).join('\n');
    expect(text).toContain('RIP: prepend_path+33]');
    expect(text).toMatch(new RegExp(`RDI: ${hex(bad)}[\\s\\S]*R12: ${hex(good)}`));
    const difference = good ^ bad;
    expect(difference & (difference - 1n)).toBe(0n);
    expect(target.object('dentry', (notes.get('dentry') ?? 0n) as never).pointer('d_parent')).toBe(
      bad,
    );
  });
});
