import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { needsBuild } from '../run/needs.ts';
import { scratch } from '../run/scratch.ts';
import { bundledPath } from './bundled.ts';

const program = fileURLToPath(new URL('../../dist/tscrash.js', import.meta.url));
const runtime = scratch('rt');
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill();
});

/** A program, what it has printed, and a wait for words in that. */
function start(...words: string[]) {
  const env = { ...process.env, XDG_RUNTIME_DIR: runtime };
  const child = spawn('node', [program, ...words], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  const state = { out: '', look: (): void => {} };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    state.out += text;
    state.look();
  });
  const sees = (what: string): Promise<void> =>
    new Promise((resolve) => {
      state.look = () => state.out.includes(what) && resolve();
      state.look();
    });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, state, sees, ended, type: (line: string) => child.stdin.write(`${line}\n`) };
}

describe('a script that shares', needsBuild, () => {
  test('is joined while it waits for its next line, and says so when it ends', async () => {
    mkdirSync(runtime, { recursive: true, mode: 0o700 });
    const host = start('-s', bundledPath());
    host.type('sym panic');
    host.type('share --open');
    await host.sees('guests cannot run programs');
    const lines = start('join', '--plain', '--name', 'ann');
    await lines.sees('1 root> sym panic');
    const json = start('join', '--json', '--name', 'bo');
    await json.sees('"t":"end"');
    host.type('sym init_task');
    await lines.sees('(D) init_task');
    host.child.stdin.end();
    expect(await host.ended).toBe(0);
    expect(await lines.ended).toBe(0);
    expect(await json.ended).toBe(0);
    expect(lines.state.out).toMatch(
      /\nbo joined\n.*\n.*init_task\nsharing has ended: the owner left\n$/,
    );
    const frames = json.state.out
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row) as { t: string; resume?: string });
    expect(frames[0]).toMatchObject({ t: 'welcome', you: 'bo', dump: 'null-pointer.kdump' });
    expect(frames[0]?.resume, 'the secret to come back with is not printed').toBeUndefined();
    expect(frames.at(-1)).toEqual({ t: 'ended', why: 'the owner left' });
  });
});
