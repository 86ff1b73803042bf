import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commands } from '../../../commands/index.ts';
import { ReadError } from '../../../src/base/errors.ts';
import { openDump } from '../../../src/dump/open.ts';
import { openTarget } from '../../../src/kernel/open/open.ts';
import { noticesOf } from '../../../src/session/run/failure.ts';
import { implicitCommand } from '../../../src/session/run/implicit-command.ts';
import { Shell } from '../../../src/session/run/shell.ts';
import { MemorySink, type TextKind } from '../../../src/session/sinks/sinks.ts';
import { createSession } from '../../../src/session/state/session.ts';

const DUMP = fileURLToPath(new URL('../../../dumps/null-pointer.kdump', import.meta.url));
const target = openTarget(openDump([DUMP]));

/** Keeps hints apart from what a command prints. */
class TellingSink extends MemorySink {
  hints = '';
  override write(text: string, kind?: TextKind): void {
    if (kind === 'hint') this.hints += text;
    else super.write(text);
  }
}

/** What a line prints, and what a terminal says of it. */
async function ask(line: string, options: { hints?: boolean; before?: readonly string[] } = {}) {
  const { hints = true, before = [] } = options;
  const session = createSession(target, { interactive: true });
  const console = new TellingSink();
  const shell = new Shell({
    session,
    commands,
    console,
    sugar: implicitCommand,
    ...(hints ? { columns: () => 80 } : {}),
  });
  for (const each of before) await shell.execute(each);
  console.text = '';
  console.hints = '';
  await shell.execute(line);
  return { text: console.text, hints: console.hints.trimEnd().split('\n') };
}

/** A line, what is underlined in it, and what is said. */
const CASES: readonly (readonly [line: string, word: string, remark: string])[] = [
  ['kmme -i', 'kmme', 'did you mean kmem?'],
  ['task_strut.pid init_task', 'task_strut', 'did you mean task_struct?'],
  [
    'nosuchthingatall 1',
    'nosuchthingatall',
    '"help" lists the commands; "apropos nosuchthingatall" looks in their help',
  ],
  ['bt -z', 'z', ''],
  ['bt -fC', 'C', 'did you mean -c (the active tasks of these CPUs)?'],
  ['bt -c', 'c', '-c wants cpus: the active tasks of these CPUs'],
  ['rd -17 jiffies', '-17', 'did you mean -16 (units of 16 bits)?'],
  ['rd jiffes', 'jiffes', 'did you mean jiffies?'],
  ['rd jiffies 12g', 'g', 'a number is decimal, or hexadecimal with or without 0x'],
  ['dis shedule', 'shedule', 'did you mean schedule?'],
  ['sym shedule', 'shedule', 'did you mean schedule?'],
  ['vtop jiffes', 'jiffes', 'did you mean jiffies?'],
  ['struct task_strut', 'task_strut', 'did you mean task_struct?'],
  ['struct task_struct.pdi', 'pdi', 'did you mean pid?'],
  ['struct task_struct.se.on_rqq init_task', 'on_rqq', 'did you mean on_rq?'],
  ['whatis task_strut', 'task_strut', 'did you mean task_struct?'],
  ['list task_struct.tasks.nxt init_task', 'nxt', 'did you mean next?'],
  ['list -o task_strct.tasks init_task', 'task_strct', 'did you mean task_struct?'],
  ['task -R comn', 'comn', 'did you mean comm?'],
  ['kmem -m flagz', 'flagz', 'did you mean flags?'],
  ['kmem -s kmaloc-64', 'kmaloc-64', 'did you mean kmalloc-64?'],
  ['mod -d fauty', 'fauty', 'did you mean faulty?'],
  ['bt 99999', '99999', '"ps" lists the tasks'],
  ['bt kthreadd', 'kthreadd', 'did you mean 2 (kthreadd)?'],
  ['bt -c 9', '9', 'cpus are 0 to 1, or a'],
  ['set radx', 'radx', 'did you mean radix?'],
  ['set radix 12', '12', '"set radix" shows what it is'],
  ['foreach usr bt', 'usr', 'did you mean user?'],
  ['ps -y FIFP', 'FIFP', 'did you mean FIFO?'],
  ['tree -t apple 0', 'apple', 'did you mean maple?'],
  ['eval 3 + jiffes', 'jiffes', 'did you mean jiffies?'],
  ['p init_task.comn', 'comn', 'There is no member named comn; did you mean comm?'],
  ['p 3 + )', ')', "A syntax error in expression, near `)'"],
  ['help kmme', 'kmme', 'did you mean kmem?'],
  ['vm 99999', '99999', '"ps" lists the tasks'],
  ['repeat kmme', 'kmme', 'did you mean kmem?'],
];

describe('at a terminal', () => {
  test.each(CASES)('%s: %s is underlined', async (line, word, remark) => {
    const { hints } = await ask(line);
    const [shown = '', mark = '', ...below] = hints;
    const at = mark.indexOf('^');
    expect(shown).toBe(`   ${line}`);
    expect(
      shown.slice(at, mark.length - mark.trimStart().length + /\^~*/.exec(mark)![0].length),
    ).toBe(word);
    expect([/\^~* ?(.*)$/.exec(mark)![1], ...below.map((row) => row.trim())].join(' ').trim()).toBe(
      remark,
    );
  });

  test.each(CASES)('%s: the words of crash stay as they are', async (line) => {
    const [told, bare] = [await ask(line), await ask(line, { hints: false })];
    expect(told.text).toBe(bare.text);
    expect(bare.hints).toEqual(['']);
  });

  test('the line of an alias is what it stands for', async () => {
    const { hints } = await ask('kz 1', { before: ['alias kz bt -z'] });
    expect(hints[0]).toMatch(/^ {3}bt -z 1/);
    expect(hints[1]?.indexOf('^')).toBe('   bt -'.length);
  });

  test('a past line that does not exist is shown as typed', async () => {
    const { hints } = await ask('!99', { before: ['eval 1'] });
    expect(hints).toEqual(['   !99', '    ^~ "h" lists the lines']);
  });

  test('what a loop says of every task is explained once', async () => {
    const { text, hints } = await ask('foreach task -R comn');
    expect(text.match(/not a task_struct/g)?.length).toBeGreaterThan(10);
    expect(hints.filter((line) => line.includes('did you mean'))).toHaveLength(1);
  });

  test('a hostile line cannot act on the terminal through what is said of it', async () => {
    const { hints } = await ask('\x1b[2Jrd \x9b31m jiffes');
    expect(hints.join('')).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  });

  test('memory that is not in the dump is no fault of a word', async () => {
    const { text, hints } = await ask('rd ffff800000000000');
    expect(text).toContain('rd: ');
    expect(hints).toEqual(['']);
  });
});

test.each([
  ['truncated', /cut short/],
  ['damaged', /damaged/],
  ['excluded', undefined],
] as const)('a read error says when it is the file that fails: %s', (reason, remark) => {
  const failure = new ReadError('kernel', 0xffff888000000000n, reason);
  const [notice] = noticesOf(failure, commands.find(({ name }) => name === 'bt')!) ?? [];
  if (remark) expect(notice?.fault?.note).toMatch(remark);
  else expect(notice?.fault).toBeUndefined();
});
