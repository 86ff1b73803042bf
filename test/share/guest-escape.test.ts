import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import type { OperandKind } from '../../src/session/command/declaration.ts';
import { commandMap } from '../../src/session/run/find-command.ts';
import { implicitCommand } from '../../src/session/run/implicit-command.ts';
import { Shell } from '../../src/session/run/shell.ts';
import { MemorySink } from '../../src/session/sinks/sinks.ts';
import { GuestConfinement } from '../../src/session/state/confinement.ts';
import { createSession } from '../../src/session/state/session.ts';
import { scratch } from '../run/scratch.ts';
import { bundledTarget } from './bundled.ts';

/**
 * Every command of the registry, with every option, in every wrapping that a line may have, as a guest who drives. What the
 * process asks of the system meanwhile is written down.
 */
const folder = scratch('escape');
const victim = join(folder, 'victim');
const script = join(folder, 'lines');

/** A value of each kind that would do harm where it is taken for a path or a program. */
const HOSTILE: Partial<Record<OperandKind, string>> = {
  file: victim,
  text: victim,
  task: '1',
  address: 'init_task',
  count: '1',
  decimal: '0',
  cpus: '0',
  symbol: 'init_task',
  type: 'task_struct',
  member: 'pid',
  expression: 'process.exit(1)',
};
const hostile = (kind: OperandKind): string => HOSTILE[kind] ?? victim;

/** Lines of one command: bare, with each option, with operands. */
function* linesOf({ name, flags, operands }: (typeof commands)[number]): Generator<string> {
  const words = operands.map(({ kind }) => hostile(kind)).join(' ');
  yield name;
  yield `${name} ${words}`;
  for (const [key, { value, attached }] of Object.entries(flags)) {
    const flag = key.length === 1 || /^\d/.test(key) ? `-${key}` : `--${key}`;
    const given = value === undefined ? flag : `${flag}${attached ? '=' : ' '}${hostile(value)}`;
    yield `${name} ${given} ${words}`;
  }
}

/** The wrappings of a line. */
const wrapped = (name: string): string[] => [
  `${name} > ${victim}`,
  `${name} >> ${victim}`,
  `${name} | cat`,
  `${name} < ${script}`,
  `< ${script}`,
  `\\${name}`,
  `foreach ${name}`,
  `foreach ${name} > ${victim}`,
  `repeat -1 ${name}`,
  `alias ${name}x ${name}`,
  `!${name}`,
  `| ${name}`,
  `js run('${name}')`,
];

const FIXED = [
  ...['ls', 'vi', 'cat /etc/passwd', 'less /etc/passwd', 'grep root /etc/passwd', 'echo 1'],
  ...[`set error ${victim}`, 'set scroll CRASHPAGER', 'set scroll less', 'set edit vi', 'r', '!!'],
  ...[`rd -r ${victim} init_task 8`, `extend ${script}`, `replay ${script}`, `replay -x ${script}`],
];

const acts: string[] = [];
const FILES = ['openSync', 'writeFileSync', 'readFileSync', 'readdirSync', 'unlinkSync'] as const;
const PROGRAMS = ['spawn', 'exec', 'execFile', 'spawnSync', 'fork'] as const;
const originals = [
  ...FILES.map((name) => [fs, name, fs[name]] as const),
  ...PROGRAMS.map((name) => [childProcess, name, childProcess[name]] as const),
  [net, 'connect', net.connect] as const,
];

beforeAll(() => {
  fs.writeFileSync(script, '!id\n');
  // The dump is read through its descriptor; what is opened once is opened before the guest comes.
  bundledTarget();
  for (const name of FILES) {
    const before = fs[name] as (...given: unknown[]) => unknown;
    Object.assign(fs, {
      [name]: (...given: unknown[]) => {
        if (watching) acts.push(`${line}: ${name} ${String(given[0])}`);
        return before(...given);
      },
    });
  }
  for (const name of PROGRAMS)
    Object.assign(childProcess, {
      [name]: (...given: unknown[]) => {
        acts.push(`${line}: ${name} ${String(given[0])}`);
        throw new Error('a program was started');
      },
    });
  Object.assign(net, { connect: () => acts.push(`${line}: connect`) });
  syncBuiltinESMExports();
});
afterAll(() => {
  for (const [module, name, original] of originals) Object.assign(module, { [name]: original });
  syncBuiltinESMExports();
});

let line = '';
let watching = false;

/** Ends a command that prints on and on. */
class ShortSink extends MemorySink {
  override write(text: string): void {
    super.write(text);
    if (this.text.length > 4000) this.closed = true;
  }
}

async function runAll(lines: Iterable<string>, guest: GuestConfinement | undefined): Promise<void> {
  for (line of lines) {
    const sink = new ShortSink();
    const session = createSession(bundledTarget(), { keep: 1 << 16, silent: true });
    const shell = new Shell({
      session,
      commands: commandMap(commands),
      console: sink,
      sugar: implicitCommand,
      place: { inherit: false, write: (text) => sink.write(text) },
    });
    watching = true;
    const running = shell.execute(line, guest && { name: 'ann', confinement: guest });
    if (/^repeat/.test(line)) setImmediate(() => shell.interrupt());
    await running;
    watching = false;
    expect(session.leaving && guest !== undefined, `${line} ends the session`).toBe(false);
  }
}

/** The decoder's and disassembler's code and the dump itself: the program's own files. */
const OWN = /node_modules|\.kdump$|\.wasm$|iced/;

test('no command of the registry, in no wrapping, lets a guest open a file, start a program or connect', async () => {
  const guest = new GuestConfinement('ann', new Set(), { endless: true });
  const lines = [
    ...commands.flatMap((command) => [...linesOf(command)]),
    ...commands.slice(0, 1).flatMap(({ name }) => wrapped(name)),
    ...commands.filter(({ reach }) => reach).flatMap(({ name }) => wrapped(name)),
    ...FIXED,
  ];
  await runAll(lines, guest);
  expect(acts.filter((act) => !OWN.test(act))).toEqual([]);
  expect(fs.existsSync(victim)).toBe(false);
});

test('the watch itself sees what the owner does with such lines', async () => {
  acts.length = 0;
  await runAll([`sym panic > ${victim}`, `rd -r ${victim} init_task 8`], undefined);
  await expect(runAll(['!id'], undefined)).rejects.toThrow('a program was started');
  expect(acts.some((act) => act.includes('openSync'))).toBe(true);
  expect(acts.some((act) => act.includes('spawn'))).toBe(true);
});
