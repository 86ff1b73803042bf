import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scratch } from '../run/scratch.ts';
import { DUMP, needsTerminal, Pane, PROGRAM } from './pane.ts';

const runtime = scratch('run');
const env = { XDG_RUNTIME_DIR: runtime };

/** One shared session, and three guests at windows of their own. */
describe('two at one dump', needsTerminal, () => {
  let host: Pane;
  const guests: Pane[] = [];
  const names = ['ann', 'bo', 'eve'];
  const [ann, bo, eve] = [0, 1, 2].map((at) => () => guests[at] as Pane) as [
    () => Pane,
    () => Pane,
    () => Pane,
  ];

  beforeAll(async () => {
    mkdirSync(runtime, { recursive: true, mode: 0o700 });
    host = new Pane({ columns: 100, rows: 30, env });
    await host.start();
    await host.ran('sym panic');
    host.run('share');
    await host.see('guests cannot run programs');
    for (const [at, columns] of [60, 80, 132].entries()) {
      const pane = new Pane({ columns, env });
      guests.push(pane);
      pane.run(`node ${PROGRAM} join --name ${names[at]}`);
      await host.see(`${names[at]} wants to join`);
      host.keys('y');
      await pane.see(/joined [a-z]+-[0-9]+ as /);
    }
  });
  afterAll(() => {
    for (const pane of [host, ...guests]) pane?.close();
  });

  test('each of three windows shows the same answers, broken for itself', async () => {
    await host.ran('mount');
    for (const pane of guests) await pane.see(/\/proc/);
    const answers = guests.map((pane) => {
      const all = pane.everything();
      return all.slice(
        all.indexOf('1 root> sym panic'),
        all.lastIndexOf('\n/proc') + 1 || undefined,
      );
    });
    const lines = answers.map((text) =>
      text
        .split('\n')
        .map((row) => row.trimEnd())
        .filter((row) => !/^(ann|bo|eve)(>| joined)|root drives|…/.test(row)),
    );
    expect(lines[0]?.slice(0, 6)).toEqual(lines[1]?.slice(0, 6));
    expect(lines[1]?.slice(0, 6)).toEqual(lines[2]?.slice(0, 6));
    expect(host.tmux('display-message', '-p', '#{window_width}').trim()).toBe('100');
  });

  test('the keyboard is handed over, is refused what the owner did not allow, and comes back with one key', async () => {
    host.run('hand ann');
    for (const pane of [host, ...guests]) await pane.see('ann drives');
    await ann().see(/crash>/);
    ann().run('sym init_task');
    for (const pane of [host, ...guests]) await pane.see(/\(D\) init_task/);
    ann().run('!touch here');
    await ann().see('refused for guests: runs a program');
    await host.see('refused for ann: !touch here (runs a program)');
    ann().type('sym init_ta');
    await host.see('ann drives: sym init_ta|');
    host.keys('C-]');
    for (const pane of [host, ...guests]) await pane.see('root drives');
    ann().keys('Enter');
    await ann().see('not run: root drives');
    expect(readdirSync(ann().home)).not.toContain('here');
    expect(readdirSync(host.home)).not.toContain('here');
  });

  test('a guest pages through an answer in his own window while others read on', async () => {
    await host.ran('ps | head -100');
    const number = /(\d+) root> ps \| head -100/;
    await eve().see(number);
    await host.ran('ps');
    await bo().until(() => /less \d+/.test(bo().everything()), 'the end of ps');
    const [, shown = ''] = /less (\d+)/.exec(bo().everything()) ?? [];
    bo().run(`less ${shown}`);
    await bo().see(/PID\s+PPID/);
    await host.ran('sym schedule');
    expect(bo().screen()).not.toContain('root> sym schedule');
    bo().keys('q');
    await bo().see('root> sym schedule');
  });

  test('a guest who is killed costs the others nothing, and is away', async () => {
    process.kill(eve().pid(), 'SIGKILL');
    await host.until(() => {
      host.run('who');
      return /eve {2}guest {2}unix.*away/.test(host.screen());
    }, 'eve away');
    await host.ran('sym vfs_read');
    await ann().see('root> sym vfs_read');
  });

  test('what joins without a terminal reads lines, or frames of JSON, without opening the dump', async () => {
    const shell = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
    const [share = ''] = readdirSync(join(runtime, 'tscrash')).map((file) => file.slice(0, -5));
    const wrong = spawnSync('node', [PROGRAM, 'join', 'no-1'], shell);
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toBe(`tscrash: no session here is called "no-1": ${share}\n`);
    const script = spawnSync('node', [PROGRAM, '-s', '-c', 'share', DUMP], shell);
    expect(script.stdout).toBe('share: needs a terminal: --open shares without asking\n');
    expect(script.status).toBe(1);
  });

  test('a host that is killed leaves the guests what they have, and its socket to the next', async () => {
    process.kill(host.pid(), 'SIGKILL');
    await ann().see('sharing has ended: the host is gone');
    ann().keys('C-u');
    ann().run('out 1');
    await ann().see(/ \(T\) panic/);
    expect(readdirSync(join(runtime, 'tscrash'))).toHaveLength(1);
    ann().run('q');
    await ann().see(/\$ *$/);
    ann().run(`node ${PROGRAM} join`);
    await ann().see('nobody shares a session on this machine');
    expect(readdirSync(join(runtime, 'tscrash'))).toEqual([]);
  });
});
