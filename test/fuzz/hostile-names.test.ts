import { afterAll, describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import { defineImage } from '../../dumps/build/image.ts';
import { healthy } from '../../dumps/incidents/healthy.ts';
import type { AnyCommand } from '../../src/session/command/command.ts';
import { commandMap } from '../../src/session/run/find-command.ts';
import { implicitCommand } from '../../src/session/run/implicit-command.ts';
import { Shell } from '../../src/session/run/shell.ts';
import { MemorySink } from '../../src/session/sinks/sinks.ts';
import { createSession } from '../../src/session/state/session.ts';
import { openBytes } from '../dumps/open-image.ts';

/** What begins a line only where a name has forged it. */
const FORGED = 'FORGED';
/** A line feed, a tab, an escape sequence, a C1 byte, a bidi override and a tag, as far as there is room. */
const hostile = (room: number): string =>
  `x\n${FORGED}\t\x1b[J\x9b\xe2\x80\xae\xf3\xa0\x81\x81`.slice(0, room);
/** What acts on a terminal or cannot be seen: no answer has it. */
const RAW =
  /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/u;

const image = defineImage({
  ...healthy.spec,
  damage({ task, modules, kernel: { machine } }) {
    for (const pid of [1, 94, 731]) task(pid).thing.set({ comm: hostile(15) });
    modules.get('kestrel_net')?.thing.set({ name: hostile(40) });
    const names = machine.symbol('init_uts_ns') + 4n;
    machine.write(names + 65n, Buffer.from(`${hostile(40)}\0`, 'latin1'));
  },
  vmcoreinfo: [`OSRELEASE=6.1${hostile(40).replaceAll('\n', '')}`],
});

/** Commands that leave the session, run programs, wait or write files, and the pages of help, whose text is ours. */
const NOT_RUN = new Set([
  'q',
  'exit',
  'repeat',
  'export',
  'transcript',
  'extend',
  'replay',
  'less',
]);
const linesOf = ({ name, examples = [] }: AnyCommand): string[] => [
  name,
  ...examples.map(({ run }) => run).filter((line) => !/[|>!]/.test(line)),
];

describe('names that are made to be printed', () => {
  const target = openBytes(image.build().kdump({ packing: 'raw' }));
  afterAll(() => target.memory.close?.());

  async function answers(line: string, json: boolean): Promise<string> {
    const sink = new MemorySink();
    const session = createSession(target, { silent: true });
    const place = { inherit: false, write: (text: string) => sink.write(text) };
    const sugar = implicitCommand;
    const shell = new Shell({
      session,
      commands: commandMap(commands),
      console: sink,
      place,
      json,
      sugar,
    });
    await shell.execute(line);
    return sink.text;
  }

  test('are in the answers', async () => {
    for (const line of ['ps', 'mod', 'sys']) expect(await answers(line, false)).toContain(FORGED);
  });

  test.each(
    commands.filter(({ name }) => !NOT_RUN.has(name)).map((each) => [each.name, each] as const),
  )('%s prints none of them raw, and no row of theirs', async (_, command) => {
    for (const line of [...linesOf(command), ...(command.name === 'help' ? ['help -n'] : [])]) {
      const text = await answers(line, false);
      expect(text, line).not.toMatch(RAW);
      // What a script prints is its own affair.
      if (command.name !== 'js')
        for (const row of text.split('\n')) expect(row, line).not.toMatch(/^FORGED/);
      const json = await answers(line, true);
      expect(json, line).not.toMatch(RAW);
      for (const row of json.split('\n').filter(Boolean))
        expect(() => JSON.parse(row), `${line}: ${row}`).not.toThrow();
    }
  });
});
