import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ReadError } from '../../../src/base/errors.ts';
import { Interruption } from '../../../src/base/interruption.ts';
import { Losses } from '../../../src/kernel/core/losses.ts';
import type { Target } from '../../../src/kernel/core/target.ts';
import {
  type AnyCommand,
  CommandError,
  defineCommand,
  error,
  type Out,
  plain,
  UsageOnly,
  warning,
} from '../../../src/session/command/command.ts';
import { Shell } from '../../../src/session/run/shell.ts';
import { MemorySink } from '../../../src/session/sinks/sinks.ts';
import { createSession } from '../../../src/session/state/session.ts';
import { scratch } from '../../run/scratch.ts';

/** A target that knows two symbols and nothing else. */
const target = {
  findSymbol: (name: string) => ({ jiffies: 0xffff0000n, init_task: 0x1000n })[name],
  symbols: { named: () => undefined },
  memory: { interruption: new Interruption() },
  losses: new Losses(),
} as unknown as Target;

const count = { pulled: 0, closed: false };
const demo: AnyCommand[] = [
  defineCommand({
    name: 'show',
    group: 'session',
    summary: 'show addresses',
    synopsis: '[-x|-d] address ...',
    flags: {
      x: { help: 'hex', excludes: [] },
      d: { help: 'decimal', excludes: ['x'] },
      n: { help: 'count', value: 'count' },
    },
    operands: [{ name: 'address', kind: 'address', arity: '+', help: 'an address' }],
    *run({ operands }) {
      for (const address of operands.address) yield { address };
    },
    print({ address }, out) {
      out.line(`address ${address.toString(16)}`);
    },
  }),
  defineCommand({
    name: 'fail',
    group: 'session',
    summary: 'fail in some way',
    synopsis: 'how',
    flags: {},
    operands: [{ name: 'how', kind: 'text', arity: '1', help: 'how' }],
    *run({ operands }) {
      yield plain('begun');
      if (operands.how === 'note') yield* [error('lost one'), warning('careful'), plain('went on')];
      if (operands.how === 'usage') throw new UsageOnly('');
      if (operands.how === 'command') throw new CommandError('no such thing', { usage: true });
      if (operands.how === 'read') throw new ReadError('kernel', 0xffff800000000000n, 'excluded');
      if (operands.how === 'bug') throw new TypeError('undefined is not a function');
    },
    print() {},
  }),
  defineCommand({
    name: 'endless',
    group: 'session',
    summary: 'never end',
    synopsis: '',
    flags: {},
    operands: [],
    *run() {
      try {
        for (;;) yield { line: ++count.pulled };
      } finally {
        count.closed = true;
      }
    },
    print({ line }, out) {
      out.line(`line ${line}`);
    },
  }),
  defineCommand({
    name: 'twice',
    group: 'session',
    summary: 'run another command twice',
    synopsis: 'command',
    raw: true,
    flags: {},
    operands: [{ name: 'command', kind: 'command', arity: '+', help: 'it' }],
    *run({ words }, { run }) {
      yield* run(words);
      yield* run(words);
    },
    print() {},
  }),
  defineCommand({
    name: 'escape',
    group: 'session',
    summary: 'print what a hostile task is called',
    synopsis: '',
    flags: {},
    operands: [],
    *run() {
      yield { name: '\x1b[2J' };
    },
    print({ name }, out) {
      out.line(name);
    },
  }),
];

function open(options: { json?: boolean; echo?: boolean } = {}) {
  const console = new MemorySink();
  const place = { inherit: false, write: (text: string) => console.write(text) };
  const session = createSession(target, { silent: true });
  const shell = new Shell({ session, commands: demo, console, place, ...options });
  return { shell, session, console };
}
async function transcript(
  lines: readonly string[],
  options: { json?: boolean; echo?: boolean } = {},
) {
  const { shell, console } = open(options);
  const outcomes = [];
  for (const line of lines) outcomes.push(await shell.execute(line));
  return { text: console.text, outcomes };
}
const USAGE = 'Usage:\n  show [-x|-d] address ...\nEnter "help show" for details.\n';

describe('a command line', () => {
  test('answers the first operands before it refuses a bad one', async () => {
    const { text, outcomes } = await transcript(['show 10 zz 20']);
    expect(text).toBe('address 10\nshow: invalid input: "zz"\n');
    expect(outcomes).toEqual(['failed']);
  });

  test('takes symbols and expressions where crash refuses them', async () => {
    const { text } = await transcript(['show jiffies (init_task+8) init_task+10']);
    expect(text).toBe('address ffff0000\naddress 1008\naddress 100a\n');
  });

  test('without its operand prints the usage block', async () => {
    expect((await transcript(['show'])).text).toBe(USAGE);
  });

  test('names every bad option, then prints the usage block', async () => {
    const { text } = await transcript(['show -zx 1']);
    expect(text).toBe(`show: invalid option -- 'z'\n${USAGE}`);
  });

  test('refuses flags that exclude each other in the order of their declaration', async () => {
    expect((await transcript(['show -x -d 1'])).text).toBe(
      'show: -d and -x are mutually exclusive\n',
    );
  });

  test('that is no command is refused', async () => {
    expect((await transcript(['nosuch 1'])).text).toBe('crash: command not found: nosuch\n');
  });

  test('is echoed as a transcript when asked', async () => {
    const { text } = await transcript(['  show 1 ', '# a comment'], { echo: true });
    expect(text).toBe('crash> show 1\naddress 1\ncrash> # a comment\n');
  });

  test('with a backslash is taken literally, and an alias is replaced once', async () => {
    const { shell, session, console } = open();
    session.aliases.define('s', ['show', '5'], (word) => word === 'show');
    await shell.execute('s 6');
    await shell.execute('\\s 6');
    expect(console.text).toBe('address 5\naddress 6\ncrash: command not found: s\n');
  });
});

describe('a failure', () => {
  test('that is noted lets the command go on', async () => {
    const { text, outcomes } = await transcript(['fail note']);
    expect(text).toBe('begun\nfail: lost one\nWARNING: careful\nwent on\n');
    expect(outcomes).toEqual(['failed']);
  });

  test('that is thrown keeps what was printed', async () => {
    expect((await transcript(['fail command'])).text).toBe(
      'begun\nfail: no such thing\nUsage:\n  fail how\nEnter "help fail" for details.\n',
    );
    expect((await transcript(['fail read'])).text).toBe(
      'begun\nfail: page excluded: kernel virtual address: ffff800000000000\n',
    );
  });

  test('of tscrash itself is one line, and the session goes on', async () => {
    const { text, outcomes } = await transcript(['fail bug', 'show 1']);
    expect(text.split('\n')[1]).toMatch(
      /^fail: internal error: TypeError: undefined is not a function/,
    );
    expect(text).toMatch(/address 1\n$/);
    expect(outcomes).toEqual(['bug', 'ok']);
  });

  test('of a command that another runs is printed with its name, and the other goes on', async () => {
    const { text } = await transcript(['twice show zz']);
    expect(text).toBe('show: invalid input: "zz"\nshow: invalid input: "zz"\n');
  });

  test('commands that run themselves end', async () => {
    const { text } = await transcript([
      'twice twice twice twice twice twice twice twice twice twice show 1',
    ]);
    expect(text).toContain('nested too deep');
  });
});

describe('output', () => {
  test('goes through a shell pipeline', async () => {
    expect((await transcript(['show 1 2 3 | tail -2 | tr a-z A-Z'])).text).toBe(
      'ADDRESS 2\nADDRESS 3\n',
    );
  });

  test('of an endless command ends when its reader does', async () => {
    count.closed = false;
    expect((await transcript(['endless | head -2'])).text).toBe('line 1\nline 2\n');
    expect(count.closed).toBe(true);
  });

  test('goes to a file, and is appended to one', async () => {
    const path = join(scratch(), 'out');
    const { text } = await transcript([`show 1 > ${path}`, `show 2 >> ${path}`]);
    expect(text).toBe('');
    expect(readFileSync(path, 'utf8')).toBe('address 1\naddress 2\n');
  });

  test('that is redirected leaves errors on the console too', async () => {
    const path = join(scratch(), 'out');
    expect((await transcript([`show zz > ${path}`])).text).toBe('show: invalid input: "zz"\n');
    expect(readFileSync(path, 'utf8')).toBe('show: invalid input: "zz"\n');
  });

  test.each([
    ['show 1 |', "crash: no shell command after '|'"],
    ['show 1 >', 'crash: no file name after >'],
    ['show 1 > /nonexistent/x', 'crash: unable to open /nonexistent/x'],
  ])('%s', async (line, text) => {
    expect((await transcript([line])).text).toBe(`${text}\n`);
  });

  test.each(['[    3.1] BUG: x | touch', 'RIP: 0010:f!touch', 'nosuch > touch'])(
    'of a pasted line, %s, starts no program and makes no file',
    async (line) => {
      const path = join(scratch(), 'out');
      expect((await transcript([`${line} ${path}`])).text).toContain('command not found');
      expect(existsSync(path)).toBe(false);
    },
  );

  test('of a hostile name cannot act on a terminal', async () => {
    expect((await transcript(['escape'])).text).toBe('\\x1b[2J\n');
  });

  test('as JSON is one record a line, errors included', async () => {
    const { text } = await transcript(['show ff zz', 'show'], { json: true });
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { command: 'show', address: '0xff' },
      { command: 'show', error: 'invalid input: "zz"' },
      { command: 'show', error: 'usage', usage: '[-x|-d] address ...' },
    ]);
  });
});

describe('a printer', () => {
  test('is made for each line, and may end its records, also before an error', async () => {
    const table = defineCommand({
      name: 'table',
      group: 'session',
      summary: 'a table',
      synopsis: '[number ...]',
      flags: { x: { help: 'in hexadecimal' } },
      operands: [{ name: 'numbers', kind: 'count', arity: '*', help: 'rows' }],
      *run({ operands }) {
        for (const value of operands.numbers) yield { value };
      },
      printer({ flags }) {
        let rows = 0;
        return Object.assign(
          ({ value }: { readonly value: number }, out: Out): void => {
            out.line(`${++rows}: ${value.toString(flags.x ? 16 : 10)}`);
          },
          { end: (out: Out): void => out.line(`${rows} rows`) },
        );
      },
    });
    const { shell, console } = open();
    const both = new Shell({
      session: shell.session,
      commands: [...demo, table as AnyCommand],
      console,
    });
    for (const line of ['table -x 10 11', 'table', 'table 7 zz', 'twice table 5']) {
      await both.execute(line);
    }
    expect(console.text).toBe(
      [
        ...['1: a', '2: b', '2 rows'],
        '0 rows',
        ...['1: 7', '1 rows', 'table: not a valid number: zz'],
        ...['1: 5', '1 rows', '1: 5', '1 rows'],
        '',
      ].join('\n'),
    );
  });

  test('of another command prints within it, and says in JSON whose record it is', async () => {
    expect((await transcript(['twice show 1'])).text).toBe('address 1\naddress 1\n');
    expect((await transcript(['twice show 1'], { json: true })).text).toBe(
      '{"command":"show","address":"0x1"}\n'.repeat(2),
    );
  });
});

test('an echoed line is JSON among JSON', async () => {
  const { text } = await transcript(['show 1', 'nosuch', 'h'], { json: true, echo: true });
  expect(text.trimEnd().split('\n')).toEqual([
    '{"command":"crash","line":"show 1"}',
    '{"command":"show","address":"0x1"}',
    '{"command":"crash","line":"nosuch"}',
    '{"command":"crash","error":"command not found: nosuch"}',
    '{"command":"crash","line":"h"}',
    ...['show 1', 'nosuch', 'h'].map(
      (line, i) => `{"command":"h","number":${i + 1},"line":"${line}"}`,
    ),
  ]);
});

describe('files of commands', () => {
  const folder = scratch();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  test('run line by line, past errors, comments left out', async () => {
    const path = file('a', '# first\nshow 1\nnosuch\n\nshow 2\n');
    expect((await transcript([`< ${path}`, `<${path}`])).text).toBe(
      'address 1\ncrash: command not found: nosuch\naddress 2\n'.repeat(2),
    );
  });

  test('do not run others', async () => {
    const path = file('b', `< ${file('c', 'show 1\n')}\n`);
    expect((await transcript([`< ${path}`])).text).toBe(
      'crash: embedded input files not allowed!\n',
    );
  });

  test('give a command its words, a line at a time', async () => {
    const path = file('d', '1\n# no\n2 3\n');
    expect((await transcript([`show < ${path} 4`])).text).toBe(
      'address 1\naddress 4\naddress 2\naddress 3\naddress 4\n',
    );
  });

  test('that do not exist leave the words to the command', async () => {
    expect((await transcript(['show < /nosuch'])).text).toBe('show: invalid input: "<"\n');
  });

  test('that are no text are refused', async () => {
    const elf = file('elf', '\x7fELF....');
    expect((await transcript([`< ${elf}`])).text).toBe(
      'crash: input from executable files not supported yet!\n',
    );
    expect((await transcript(['< /nosuch'])).text).toBe(
      'crash: /nosuch: No such file or directory\n',
    );
  });
});

describe('Ctrl-C', () => {
  test('ends an endless command at its next record', async () => {
    const console = new MemorySink();
    const session = createSession(target, { interactive: true });
    const shell = new Shell({ session, commands: demo, console });
    const ended = shell.execute('endless');
    while (console.text === '') await new Promise((resolve) => setImmediate(resolve));
    shell.interrupt();
    expect(await ended).toBe('failed');
    expect(await shell.execute('show 1')).toBe('ok');
  });
});
