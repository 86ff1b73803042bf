import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { encodeFrame } from '../../src/share/frames.ts';
import { LIMITS } from '../../src/share/limits.ts';
import { guest, sharedSession, textOf } from './shared-session.ts';

const open: { host: { end(why: string): Promise<void> } }[] = [];
const shared = async (...given: Parameters<typeof sharedSession>) => {
  const made = await sharedSession(...given);
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const { host } of open.splice(0)) await host.end('share off');
});

describe('a shared session', () => {
  test('a late joiner has every answer, with who asked, and what follows', async () => {
    const { line, session, open } = await shared({}, { lines: ['sym panic', 'mount'] });
    await line('set radix 16');
    const ann = guest(open);
    await ann.link.start();
    await line('nonsense_');
    await ann.until(() => ann.model.answers.get(4)?.ended === true);
    expect([...ann.model.answers.values()].map(({ a, who, line }) => [a, who, line])).toEqual([
      [1, 'root', 'sym panic'],
      [2, 'root', 'mount'],
      [3, 'root', 'set radix 16'],
      [4, 'root', 'nonsense_'],
    ]);
    for (const a of [1, 2, 3, 4]) {
      const lines = [...(session.blocks?.find(a)?.lines() ?? [])];
      expect(textOf(ann.model, a)).toBe(lines.map((text) => `${text}\n`).join(''));
    }
    const failed = ann.frames.find((frame) => frame.t === 'out' && frame.a === 4);
    expect(failed).toMatchObject({ e: [0, 'crash: command not found: nonsense_\n'.length] });
    expect(ann.model.answers.get(4)?.exit).toBe(1);
    ann.link.leave();
  });

  test('an answer that printed nothing, and one before --from, are what they are', async () => {
    const { open } = await shared(
      { from: 2 },
      { lines: ['sym panic', '# nothing', 'set scope 0'] },
    );
    const ann = guest(open);
    await ann.link.start();
    await ann.until(() => ann.model.last >= (ann.model.welcome?.last ?? 99));
    expect([...ann.model.answers.keys()]).toEqual([3]);
    ann.link.leave();
  });

  test('of many answers the newest come with their text, and the others when they are asked for', async () => {
    const lines = Array.from({ length: 12 }, (_, at) => `eval ${at}`);
    const { open, session } = await shared({}, { lines });
    const ann = guest(open, 'ann', { tail: 3 });
    await ann.link.start();
    await ann.until(() => ann.model.answers.get(12)?.ended === true);
    expect(ann.model.answers.size).toBe(12);
    expect(ann.model.answers.get(9)?.block).toBeUndefined();
    expect(textOf(ann.model, 10)).toContain('hexadecimal: 9');
    ann.link.send({ t: 'fetch', a: 2, o: 0 });
    await ann.until(() => ann.frames.some(({ t }) => t === 'text'));
    const text = [...(session.blocks?.find(2)?.lines() ?? [])].map((row) => `${row}\n`).join('');
    expect(ann.frames.find(({ t }) => t === 'text')).toMatchObject({ a: 2, text, end: true });
    ann.link.leave();
  });

  test('who is handed the keyboard runs lines, without the rights of the owner', async () => {
    const { host, open, rows, session } = await shared();
    const ann = guest(open);
    await ann.link.start();
    await ann.until(() => ann.model.welcome !== undefined);
    const run = (line: string) =>
      ann.link.send({ t: 'run', c: ann.link.nextAct(), d: ann.model.d, line });
    run('sym panic');
    await ann.until(() => ann.frames.some((frame) => frame.t === 'no'));
    expect(ann.frames.find(({ t }) => t === 'no')).toMatchObject({ why: 'not run: root drives' });
    host.hand('ann');
    await ann.until(() => ann.model.drives);
    run('sym panic');
    run('!id');
    await ann.until(() => ann.frames.some(({ t }) => t === 'refuse'));
    expect(textOf(ann.model, 1)).toMatch(/ panic\n$/);
    expect(textOf(ann.model, 2)).toBe(
      'crash: refused for guests: runs a program (the owner can: allow ann shell)\n',
    );
    expect(session.history).toEqual(['sym panic', '# refused for guests']);
    host.take();
    await ann.until(() => !ann.model.drives);
    expect(rows).toEqual([
      'ann joined',
      'ann drives',
      'refused for ann: !id (runs a program)',
      'root drives',
    ]);
    ann.link.leave();
  });

  test('a connection that is cut after any number of bytes goes on without a line lost or doubled', async () => {
    const { open, line, session } = await shared({}, { lines: ['ps', 'mount'] });
    const whole = guest(open, 'bo');
    await whole.link.start();
    await whole.until(() => whole.model.answers.get(2)?.ended === true);
    let most = 300;
    const ann = guest(async () => {
      const socket = await open();
      let left = most;
      most += 700;
      socket.on('data', (bytes: Buffer) => {
        left -= bytes.length;
        if (left < 0) socket.destroy();
      });
      return socket;
    });
    await ann.link.start();
    await line('sym panic');
    await ann.until(() => ann.model.answers.get(3)?.ended === true);
    expect(ann.model.you).toBe('ann');
    for (const a of [1, 2, 3]) {
      const rows = [...(session.blocks?.find(a)?.lines() ?? [])].map((row) => `${row}\n`).join('');
      expect(textOf(ann.model, a)).toBe(rows);
    }
    const numbers = ann.frames.flatMap((frame) => ('n' in frame ? [frame.n] : []));
    expect(numbers).toEqual(numbers.map((_, at) => at + (numbers[0] ?? 0)));
    ann.link.leave();
    whole.link.leave();
  });

  test('a watcher who stops reading costs the others nothing, and has all when he goes on', async () => {
    const { open, line, session, host } = await shared();
    let socket: Socket | undefined;
    const slow = guest(async () => {
      socket = await open();
      return socket;
    }, 'slow');
    const quick = guest(open, 'quick');
    await slow.link.start();
    await quick.link.start();
    await slow.until(() => slow.model.welcome !== undefined);
    socket?.pause();
    for (let at = 0; at < 3; at++) await line('sym -l');
    await quick.until(() => quick.model.answers.get(3)?.ended === true);
    expect(session.blocks?.find(1)?.bytes).toBeGreaterThan(1 << 20);
    const row = host.who().find(({ name }) => name === 'slow');
    expect(row?.answers[0]).toBeLessThan(row?.answers[1] ?? 0);
    socket?.resume();
    await slow.until(() => slow.model.answers.get(3)?.ended === true);
    for (const a of [1, 3]) expect(textOf(slow.model, a)).toBe(textOf(quick.model, a));
    slow.link.leave();
    quick.link.leave();
  });

  test('the same stream twice is one, and a frame that was left out is asked for again', async () => {
    const { open } = await shared({}, { lines: ['sym panic'] });
    const ann = guest(open);
    await ann.link.start();
    await ann.until(() => ann.model.answers.get(1)?.ended === true);
    const before = textOf(ann.model, 1);
    const logged = ann.frames.filter((frame) => 'n' in frame);
    const fake = guest(async () => {
      const socket = await open();
      const push = socket.emit.bind(socket);
      let doubled = false;
      socket.emit = ((name: string, ...rest: unknown[]) => {
        const made = push(name, ...rest);
        if (name === 'data' && !doubled) {
          doubled = true;
          push('data', Buffer.concat(logged.map((frame) => encodeFrame(frame))));
        }
        return made;
      }) as typeof socket.emit;
      return socket;
    }, 'bo');
    await fake.link.start();
    await fake.until(() => fake.model.answers.get(1)?.ended === true);
    expect(textOf(fake.model, 1)).toBe(before);
    ann.link.leave();
    fake.link.leave();
  });

  test('newcomers wait for the owner, who lets them in, only to watch, or not', async () => {
    const { host, open } = await shared({ open: false });
    const people = ['ann', 'bo', 'eve'].map((name) => guest(open, name));
    for (const { link, until, frames } of people) {
      await link.start();
      await until(() => frames.some(({ t }) => t === 'wait'));
    }
    expect(host.question()).toBe(
      'ann wants to join (here): y lets ann in, n does not, w only to watch',
    );
    host.answer('guest');
    host.answer('watcher');
    host.answer('no');
    const [ann, bo, eve] = people;
    await ann?.until(() => ann.model.welcome?.role === 'guest');
    await bo?.until(() => bo.model.welcome?.role === 'watcher');
    await eve?.until(() => eve.ends.length > 0);
    expect(eve?.ends).toEqual([{ why: 'refused', refused: true }]);
    expect(() => host.hand('bo')).toThrow('bo only watches, or is away');
    expect(host.question()).toBeUndefined();
    for (const { link } of people) link.leave();
  });

  test('who is kicked is out, cannot come back by the old secret, and keeps what was seen', async () => {
    const { host, open } = await shared({}, { lines: ['sym panic'] });
    const ann = guest(open);
    await ann.link.start();
    await ann.until(() => ann.model.answers.get(1)?.ended === true);
    host.kick('ann');
    await ann.until(() => ann.ends.length > 0);
    expect(ann.ends).toEqual([{ why: 'kicked', refused: false }]);
    expect(textOf(ann.model, 1)).toMatch(/panic/);
    const { session = '', resume = '' } = ann.model.welcome ?? {};
    const socket = await open();
    socket.write(encodeFrame({ t: 'hello', v: 1, name: 'ann', from: 1, session, resume }));
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1'))),
    );
    expect(answer).not.toContain(`"resume":"${resume}"`);
    socket.destroy();
  });

  test('the end is told to everybody', async () => {
    const { host, open } = await shared();
    const ann = guest(open);
    await ann.link.start();
    await ann.until(() => ann.model.welcome !== undefined);
    await host.end('share off');
    await ann.until(() => ann.ends.length > 0);
    expect(ann.ends).toEqual([{ why: 'share off', refused: false }]);
    await expect(open()).rejects.toThrow();
  });

  test('whatever bytes come, the connection is closed and the others read on', async () => {
    const { open, line } = await shared();
    const ann = guest(open);
    await ann.link.start();
    await ann.until(() => ann.model.welcome !== undefined);
    const hello = encodeFrame({ t: 'hello', v: 1, name: 'bo', from: 0 });
    const flipped = (at: number): Buffer => {
      const bytes = Buffer.from(hello);
      bytes[at] = (bytes[at] ?? 0) ^ 0x20;
      return bytes;
    };
    const rubbish = [
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      Buffer.alloc(LIMITS.helloBytes * 4, 0x7b),
      Buffer.from([0xff, 0xff, 0xff, 0xff]),
      Buffer.alloc(4),
      encodeFrame({ t: 'run', c: 1, d: 1, line: 'q' }),
      Buffer.concat([hello, Buffer.from([0x7f, 0xff, 0xff, 0xff])]),
      Buffer.concat([hello, encodeFrame({ t: 'run', c: 'x', d: 1, line: 'q' })]),
      ...[0, 1, 2, 3, 4, 9, 13].map(flipped),
    ];
    for (const bytes of rubbish) {
      const socket = await open();
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => {});
      socket.resume();
      socket.end(bytes);
      await closed;
    }
    await line('sym panic');
    await ann.until(() => ann.model.answers.get(1)?.ended === true);
    ann.link.leave();
  });
});
