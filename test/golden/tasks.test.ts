import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import { parseArguments } from '../../src/session/command/arguments.ts';
import { isNested, isNotice, isPause, type Printer, printerOf } from '../../src/session/command/command.ts';
import { noticesOf } from '../../src/session/run/failure.ts';
import { createSession, type Session } from '../../src/session/state/session.ts';
import { splitWords } from '../../src/session/line/words.ts';
import deviations from '../parity/deviations.json' with { type: 'json' };
import { expectedPath, needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';
import { commandContext } from '../../src/session/run/command-context.ts';

const DUMPS = ['kd61-null', 'x61-badpte', 'x61-hwpoison-1g', 'x61-la57-nx', 'x612-gpf'];
const TESTED =
  /^(ps|sig|runq|vm|files|fuser|mount|net|dev|ipcs|swap|set -p|set \d+|task) ?[^|]*$/;

/** What crash printed for each command of a recorded session. */
function recorded(path: string): { command: string; lines: string[] }[] {
  const parts: { command: string; lines: string[] }[] = [];
  for (const line of readFileSync(path, 'latin1').split('\n')) {
    if (line.startsWith('crash> ')) parts.push({ command: line.slice(7).trim(), lines: [] });
    else parts.at(-1)?.lines.push(line.trimEnd());
  }
  return parts;
}

const trimmed = (lines: readonly string[]): string =>
  lines.map((line) => line.trimEnd()).join('\n').trim();

function answer(line: string, session: Session): string {
  const [name = '', ...words] = splitWords(line);
  const command = commands.find((each) => each.name === name);
  if (!command) return `${name}: no such command`;
  const lines: string[] = [];
  let partial = '';
  const out = {
    line(text = '') {
      lines.push(...(partial + text).split('\n'));
      partial = '';
    },
    write(text: string) {
      partial += text;
    },
    gap() {
      out.line();
    },
  };
  const registry = { session, commands: new Map(commands.map((each) => [each.name, each])) };
  const context = commandContext(registry, command, name);
  let print: Printer<unknown> = () => {};
  const say = (item: unknown): void => {
    if (isNotice(item)) out.line(item.notice === 'error' ? `${name}: ${item.text}` : item.text);
    else if (!isPause(item) && !isNested(item)) print(item, out);
  };
  try {
    const args = parseArguments(command, words, session);
    print = printerOf(command, args, context);
    for (const item of command.run(args, context)) say(item);
    print.end?.(out);
  } catch (failure) {
    const notices = noticesOf(failure, command);
    if (!notices) throw failure;
    notices.forEach(say);
  }
  return trimmed(lines);
}

describe.each(DUMPS)('%s', needsDumps, (dump) => {
  const deviates = (command: string): boolean =>
    deviations.some((each) => each.dump === dump && each.command === command);

  test.each(['ps', 'task-set'])('answers the session %s as crash did', (group) => {
    const session = createSession(sharedTarget(dump), { silent: true });
    const wrong: Record<string, [string, string]> = {};
    let compared = 0;
    for (const { command, lines } of recorded(expectedPath(dump, group))) {
      if (command === 'set radix 16' || command === 'set hex') session.settings.radix = 16;
      if (!TESTED.test(command) || deviates(command)) continue;
      compared++;
      const got = answer(command, session);
      if (got !== trimmed(lines)) wrong[command] = [trimmed(lines), got];
    }
    expect(wrong).toEqual({});
    expect(compared).toBeGreaterThan(8);
  });
});
