import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commands } from '../../../commands/index.ts';
import { openDump } from '../../../src/dump/open.ts';
import type { Target } from '../../../src/kernel/core/target.ts';
import { openTarget } from '../../../src/kernel/open/open.ts';
import { implicitCommand } from '../../../src/session/run/implicit-command.ts';
import { Shell } from '../../../src/session/run/shell.ts';
import type { Outcome } from '../../../src/session/sinks/outcome.ts';
import { MemorySink } from '../../../src/session/sinks/sinks.ts';
import { createSession } from '../../../src/session/state/session.ts';
import { scratch } from '../../run/scratch.ts';

const folder = scratch('transcript');
const bundled = (name: string): Target =>
  openTarget(openDump([fileURLToPath(new URL(`../../../dumps/${name}.kdump`, import.meta.url))]));
const dump = bundled('null-pointer');
const other = bundled('five-levels');

/** A session that keeps what it prints; what each line said, and how it ended. */
function open(target: Target = dump) {
  const session = createSession(target, { keep: 1 << 24, version: '1.2.3', silent: true });
  const console = new MemorySink();
  const place = { inherit: false, write: (text: string) => console.write(text) };
  const shell = new Shell({ session, commands, console, sugar: implicitCommand, place });
  return {
    session,
    async run(...lines: string[]): Promise<{ text: string; outcome: Outcome }> {
      console.text = '';
      let outcome: Outcome = 'ok';
      for (const line of lines) outcome = await shell.execute(line);
      return { text: console.text, outcome };
    },
    file: (path: string) => shell.runFile(path),
  };
}
let count = 0;
const fresh = (extension: string): string => join(folder, `${++count}.${extension}`);
function saved(text: string, extension = 'txt'): string {
  const path = fresh(extension);
  writeFileSync(path, text);
  return path;
}
const read = (path: string): string => readFileSync(path, 'utf8');

const SESSION = [
  'sys',
  'bt',
  'set 1',
  'p jiffies',
  'bt -z',
  'rd nosuch',
  'set radix 16',
  'task -R pid',
  'ps',
];

describe('a transcript', () => {
  test('as text is what the terminal showed, below what dump it is of', async () => {
    const { run } = open();
    const path = fresh('txt');
    const first = await run('eval 1', `transcript on ${path}`);
    expect(first.text).toMatch(/transcript: on \(.*: 0 commands, \d+ bytes, txt\)\n$/);
    const shown = (await run('eval 2', 'bt -z')).text;
    const [head = '', ...blocks] = read(path).split('\n\ncrash> ');
    expect(head.split('\n').slice(0, 4)).toEqual([
      '# tscrash transcript',
      '# tscrash: 1.2.3',
      expect.stringMatching(/^# dump: .*null-pointer\.kdump$/),
      '# kernel: 6.1.0-50-cloud-amd64',
    ]);
    expect(head).toMatch(/^# build-id: [0-9a-f]{40}$/m);
    expect(head).toMatch(/^# crashed: 2026-11-21T01:57:39Z$/m);
    expect(head).toMatch(/^# panic: Oops: 0002/m);
    expect(head).toMatch(/^# context: [0-9a-f]{16} \(pid 184 "faulty\/null"\)$/m);
    const body = `crash> ${blocks.join('\n\ncrash> ')}`;
    expect(body.replace(/^crash> .*\n/gm, '')).toBe(shown);
    expect(body.match(/^crash> .*$/gm)).toEqual(['crash> eval 2', 'crash> bt -z']);
  });

  test('has every command as soon as it has ended, and none of its own', async () => {
    const { run } = open();
    const path = fresh('json');
    await run(`transcript on ${path}`);
    const lines = (): string[] => read(path).trimEnd().split('\n').slice(1);
    for (const [index, line] of ['eval 1', 'nosuch', 'eval 3'].entries()) {
      await run(line);
      expect(lines()).toHaveLength(index + 1);
    }
    const off = await run('transcript off');
    expect(off.text).toMatch(/^transcript: off \(.*: 3 commands, /);
    expect(lines().map((text) => JSON.parse(text))).toMatchObject([
      { number: 2, line: 'eval 1', exit: 0 },
      { number: 3, line: 'nosuch', exit: 1, output: 'crash: command not found: nosuch\n' },
      { number: 4, line: 'eval 3', exit: 0 },
    ]);
    await run('eval 4');
    expect(lines()).toHaveLength(3);
  });

  test('says how it stands', async () => {
    const { run } = open();
    expect((await run('transcript')).text).toBe('transcript: off\n');
    expect((await run('transcript off')).text).toBe('transcript: no transcript is being written\n');
    const path = fresh('md');
    await run(`transcript on ${path}`, 'eval 1');
    expect((await run('transcript')).text).toMatch(/^transcript: on \(.*: 1 command, .*, md\)\n$/);
    expect((await run(`transcript on ${fresh('md')}`)).text).toContain('is being written');
  });

  test('does not overwrite a file unless told', async () => {
    const path = saved('precious');
    const { run } = open();
    for (const line of [`transcript on ${path}`, `export ${path}`]) {
      const { text, outcome } = await run('eval 1', line);
      expect(text).toContain(`${path}: exists already: -o overwrites it`);
      expect(outcome).toBe('failed');
    }
    expect(read(path)).toBe('precious');
    await run(`export -o ${path}`);
    expect(read(path)).toMatch(/^# tscrash transcript/);
  });

  test.each([
    ['transcript on', /^Usage:/],
    ['transcript up', /^transcript: invalid argument: up\n/],
    ['transcript on /nosuch/x', /No such file or directory/],
    ['transcript on x -f pdf', /^transcript: invalid format: pdf \(txt, md, html, json\)\n/],
    ['export', /^Usage:/],
    ['export x 3-1', /^export: invalid range: 3-1\n/],
    ['export x 70-', /^export: there are no such lines to export\n/],
    ['replay /nosuch', /^replay: \/nosuch: No such file or directory\n/],
  ])('%s is refused', async (line, expected) => {
    const { text, outcome } = await open().run(line);
    expect(text).toMatch(expected);
    expect(outcome).toBe('failed');
  });

  test('of lines of a file has each of them', async () => {
    const input = saved('eval 1\n\n# no\neval 2\n');
    const path = fresh('json');
    const session = open();
    await session.run(`transcript on ${path}`, `< ${input}`, 'eval 3');
    await session.file(input);
    const lines = read(path).trimEnd().split('\n').slice(1);
    expect(lines.map((text) => JSON.parse(text).line)).toEqual([
      `< ${input}`,
      'eval 1',
      'eval 2',
      'eval 3',
      'eval 1',
      'eval 2',
    ]);
    expect(lines.map((text) => JSON.parse(text).output.includes('decimal: 2'))).toEqual([
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  test('has what filters print, and of other programs the line alone', async () => {
    const path = fresh('json');
    const { run } = open();
    await run(`transcript on ${path}`, 'eval 255 | grep hexa', 'eval 1 > /dev/null');
    const [piped, filed] = read(path)
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((text) => JSON.parse(text));
    expect(piped).toMatchObject({ line: 'eval 255 | grep hexa', output: 'hexadecimal: ff  \n' });
    expect(filed).toMatchObject({ elsewhere: true, output: '' });
  });

  test('says of an answer that its reader left that it is not all', async () => {
    const path = fresh('json');
    class Left extends MemorySink {
      override write(text: string): void {
        super.write(text);
        if (this.text.length > 40_000) this.closed = true;
      }
    }
    const session = createSession(dump, { keep: 1 << 24 });
    const shell = new Shell({ session, commands, console: new Left() });
    for (const line of [`transcript on ${path}`, 'eval 1', 'sym -l']) await shell.execute(line);
    const [, whole, left] = read(path)
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(whole.interrupted).toBeUndefined();
    expect(left.interrupted).toBe(true);
    expect((await open().run(`replay ${path}`)).text).toMatch(/^2 run: 2 the same/);
  });

  test('that has no room left ends aloud, and the session goes on', async () => {
    if (!existsSync('/dev/full')) return;
    const { run } = open();
    const { text } = await run('transcript on -o /dev/full');
    expect(text).toContain('/dev/full: No space left on device');
    expect((await run('eval 1')).outcome).toBe('ok');
  });
});

describe('export', () => {
  test('writes the lines of a range, by the numbers of h', async () => {
    const { run } = open();
    const path = fresh('txt');
    await run('eval 1', 'eval 2', 'eval 3', 'eval 4', `export ${path} 2-3`);
    expect(read(path).match(/^crash> .*$/gm)).toEqual(['crash> eval 2', 'crash> eval 3']);
    await run(`export -o ${path} 4-`);
    expect(read(path).match(/^crash> .*$/gm)?.[0]).toBe('crash> eval 4');
  });

  test('as HTML is one file without scripts, whatever the dump says', async () => {
    const { run, session } = open();
    await run('eval 1', 'sys', 'bt -z');
    session.blocks?.begin(4, '<script>alert(1)</script>');
    session.recorder.begin('<script>alert(1)</script>', 4);
    session.blocks?.append('</pre><script>alert(2)</script>\x1b[2J &amp; "x"\n');
    session.blocks?.end('ok');
    session.recorder.end('ok', true);
    const path = fresh('html');
    await run(`export ${path}`);
    const page = read(path);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page.trimEnd()).toMatch(/<\/html>$/);
    expect(page).not.toMatch(/<script|\x1b|src=|https?:/);
    expect(page).toContain('&lt;/pre&gt;&lt;script&gt;alert(2)&lt;/script&gt;\\x1b[2J &amp;amp;');
    expect(page).toContain('<section id="c3" class="failed">');
    expect(page).toContain('<pre class="cut">^C</pre>');
    for (const tag of ['section', 'pre', 'table', 'main', 'body', 'span']) {
      const opened = page.match(new RegExp(`<${tag}[ >]`, 'g'))?.length ?? 0;
      expect(page.match(new RegExp(`</${tag}>`, 'g'))?.length ?? 0).toBe(opened);
    }
  });
});

describe('replay', () => {
  test.each(['txt', 'md', 'json'])(
    'of a session as %s says that nothing differs',
    async (format) => {
      const path = fresh(format);
      const { run } = open();
      await run(...SESSION, `export ${path}`);
      const { text, outcome } = await open().run(`replay ${path}`);
      expect(text).toBe(
        `${SESSION.length} run: ${SESSION.length} the same, 0 different; 0 left out\n`,
      );
      expect(outcome).toBe('ok');
    },
  );

  test('on another dump says so, shows what differs, and fails', async () => {
    const path = fresh('md');
    await open().run('sys', 'eval 7', `export ${path}`);
    const { text, outcome } = await open(other).run(`replay ${path}`);
    expect(outcome).toBe('failed');
    expect(text).toMatch(/^NOTE: the transcript is of another dump: .*null-pointer\.kdump\n/);
    expect(text).toContain('\ncrash> sys\n@@ ');
    expect(text).toMatch(/^-.*UPTIME: 00:00:08$/m);
    expect(text).toMatch(/^\+.*UPTIME: 00:00:07$/m);
    expect(text).toContain('2 run: 1 the same, 1 different; 0 left out\n');
    expect(text).toMatch(/replay: 1 command answers differently on this dump\n$/);
  });

  test('begins where the transcript began, and leaves the session as it is', async () => {
    const recorded = open();
    await recorded.run('set 2', 'set radix 16', 'set print_max 4');
    const path = fresh('txt');
    await recorded.run('task -R pid', 'set', `export ${path} 4-`);
    expect(read(path)).toMatch(/^# context: [0-9a-f]{16} \(pid 2 "kthreadd"\)$/m);
    expect(read(path)).toMatch(/^# settings: radix 16, print_max 4$/m);
    const { session, run } = open();
    const before = [session.task.pid, session.settings.radix];
    expect((await run(`replay ${path}`)).text).toMatch(/^2 run: 2 the same/);
    expect([session.task.pid, session.settings.radix]).toEqual(before);
    expect(session.history).toEqual([`replay ${path}`]);
  });

  test('reads a session that was pasted, without the blanks that are lost on the way', async () => {
    const { text } = await open().run('sys', 'eval 10');
    const [sys, evaluated] = [
      text.slice(0, text.indexOf('hexadecimal')),
      text.slice(text.indexOf('hexadecimal')),
    ];
    const trimmed = (part: string): string =>
      part.replace(/[ \t]+$/gm, '').replaceAll('\n', '\r\n');
    const pasted = `crash 8.0.6\r\n\r\n\x1b[1mcrash> sys\x1b[0m\r\n${trimmed(sys)}\r\ncrash> eval 10\r\n${trimmed(evaluated)}crash> \r\n`;
    const { text: said } = await open().run(`replay ${saved(pasted)}`);
    expect(said).toBe('2 run: 2 the same, 0 different; 0 left out\n');
    const inMarkdown = `# A bug\n\nSee:\n\n~~~\n${pasted}~~~\n\nthat is all\n`;
    expect((await open().run(`replay ${saved(inMarkdown, 'md')}`)).text).toBe(said);
  });

  test('of an answer that Ctrl-C ended compares what there was', async () => {
    const { run } = open();
    const path = fresh('txt');
    await run('ps', `export ${path}`);
    const cut = read(path).split('\n').slice(0, 20).join('\n');
    const said = (await open().run(`replay ${saved(`${cut}\n^C\n`)}`)).text;
    expect(said).toMatch(/^1 run: 1 the same/);
    expect((await open().run(`replay ${saved(`${cut}\n`)}`)).text).toMatch(/1 different/);
  });

  test('of what is no transcript is refused', async () => {
    const html = fresh('html');
    await open().run('eval 1', `export ${html}`);
    for (const [path, why] of [
      [saved('nothing here\n'), 'no "crash> " prompt'],
      [saved('{"a":1}\n'), 'no "crash> " prompt'],
      [html, 'HTML is for reading'],
      [folder, 'Is a directory'],
    ] as const) {
      const { text, outcome } = await open().run(`replay ${path}`);
      expect(text).toContain(why);
      expect(outcome).toBe('failed');
    }
  });
});

describe('a hostile transcript', () => {
  const victim = join(folder, 'victim');
  const extension = saved(`require('fs').writeFileSync('${victim}', '')`, 'js');
  const input = saved(`!touch ${victim}\n`);
  const HARMFUL = [
    `!touch ${victim}`,
    `| touch ${victim}`,
    `eval 1 | tee ${victim}`,
    `eval 1 ! tee ${victim}`,
    `eval 1 > ${victim}`,
    `eval 1 >> ${victim}`,
    `rd -r ${victim} jiffies 8`,
    `set error ${victim}`,
    `js process.getBuiltinModule('fs').writeFileSync('${victim}', '')`,
    `extend ${extension}`,
    `< ${input}`,
    `<${input}`,
    `eval < ${input}`,
    `transcript on ${victim}`,
    `export ${victim}`,
    `replay ${input}`,
    `repeat js 1`,
    `repeat -1 eval 1`,
    `foreach js`,
    `ls ${folder}`,
    `echo x > ${victim}`,
    'q',
    'exit',
    'Q',
    'h',
    'r 1',
  ];

  test('can do no harm', async () => {
    const path = saved(HARMFUL.map((line) => `crash> ${line}\n`).join(''));
    const { run, session } = open();
    const { text } = await run(`replay ${path}`);
    expect(existsSync(victim)).toBe(false);
    expect(session.leaving).toBe(false);
    expect(text.match(/^left out: /gm)?.length).toBeGreaterThan(HARMFUL.length - 4);
    expect(text).toContain('left out: js process');
  });

  test('cannot do it through an alias either', async () => {
    const path = saved(
      [
        `alias aa "eval 1 > ${victim}"`,
        'aa',
        'alias bb js 1',
        'bb',
        `alias cc "!touch ${victim}"`,
        'cc',
      ]
        .map((line) => `crash> ${line}\n`)
        .join(''),
    );
    const { run, session } = open();
    const { text } = await run(`replay ${path}`);
    expect(existsSync(victim)).toBe(false);
    expect(text).toContain('left out: aa (writes a file: -x runs it)');
    expect(text).toContain('left out: bb (runs JavaScript: -x runs it)');
    expect(session.aliases.find('aa')).toBeUndefined();
  });

  test('is run as it is only when asked for, and never the session left', async () => {
    const path = saved(`crash> eval 1 > ${victim}\ncrash> q\n`);
    const { text } = await open().run(`replay -x ${path}`);
    expect(existsSync(victim)).toBe(true);
    expect(text).toContain('left out: q (is about the session itself)');
  });

  test('cannot act on the terminal, nor add commands to a transcript', async () => {
    const evil = '\x1b[2J\x1b]0;owned\x07';
    const lines = [`crash> eval 1${evil}`, `${evil}x`, 'crash> eval 2', '````', '\u202e'];
    const path = saved(
      `# tscrash transcript\n# panic: ${evil}\n# kernel: ${evil}\n\n${lines.join('\n')}\n`,
    );
    const { text } = await open().run(`replay ${path}`);
    expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  test('with lines and answers without end is answered in time', async () => {
    const long = 'a'.repeat(1 << 20);
    const path = saved(`crash> ${long}\n${long}\n${'x\n'.repeat(100_000)}crash> eval 1\n${long}\n`);
    const { text } = await open().run(`replay ${path}`);
    expect(text).toContain('crash: input line exceeds maximum of 1500 bytes');
    expect(text).toContain('2 run: 0 the same, 2 different');
  });
});
