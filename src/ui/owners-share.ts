import { splitWords } from '../session/line/words.ts';
import type { TerminalHost } from '../session/program/program.ts';
import type { Person, Session } from '../session/state/session.ts';
import { type Desk, type Sharing, sharingPlace } from '../session/state/sharing.ts';
import { escapeLine } from '../share/rows.ts';
import type { OutputWriter } from './output-writer.ts';
import type { Repl, ReplShare } from './repl.ts';
import type { Runner } from './running.ts';
import type { Palette } from './view/palette.ts';

/** The key that gives the owner the keyboard, in every state of the terminal. */
const TAKE = 'C-]';

const ANSWERS: Readonly<Record<string, Parameters<Sharing['answer']>[0]>> = {
  y: 'guest',
  w: 'watcher',
  n: 'no',
};

/** What sharing does at the owner's prompt. `draw` shows the row anew. */
export function ownersShare(session: Session, draw: () => void): ReplShare {
  const place = sharingPlace(session);
  return {
    question: () => place.sharing?.question() ?? '',
    key(event, empty) {
      const { sharing } = place;
      if (!sharing || event.type === 'paste') return false;
      if (event.type === 'key' && event.key === TAKE) {
        if (!sharing.ownerDrives) sharing.take();
        return true;
      }
      const pressed = event.type === 'text' ? event.text : event.key;
      const answer = empty && sharing.question() !== undefined ? ANSWERS[pressed] : undefined;
      if (answer === undefined) return false;
      sharing.answer(answer);
      draw();
      return true;
    },
    typed: (text, cursor) => place.sharing?.typed(text, cursor),
  };
}

/** What a desk is made of. */
interface DeskParts {
  readonly repl: Repl;
  readonly runner: Runner;
  readonly palette: Palette;
  /** Takes the live rows away. */
  hide(): void;
  interrupt(): void;
}

/** The owner's prompt and screen for those who share the session. */
export function ownersDesk({ repl, runner, palette, hide, interrupt }: DeskParts): Desk {
  /** A guest's line: under the guest's name, never paged, and not in the history of the keyboard. */
  const run = async (line: string, by: Person): Promise<void> => {
    hide();
    const prompt = palette.paint([{ text: `${by.name}> `, style: 'prompt' }]);
    process.stdout.write(`${prompt}${escapeLine(line)}\n`);
    try {
      await runner.run(line, by);
    } finally {
      hide();
    }
  };
  return {
    run: (line, by) => repl.give(() => run(line, by)),
    interrupt,
    announce: (line) => repl.announce(line),
    refresh: () => repl.draw(),
    ring: () => void process.stdout.write('\x07'),
  };
}

/** The row under the prompt, with the shared part first. */
export function withStatus(session: Session, context: string): string {
  const { sharing } = sharingPlace(session);
  if (!sharing) return context;
  return [sharing.status(), context].filter((part) => part !== '').join('  ');
}

/** Whether a line of the owner is not run now, since a guest drives; it is said. */
export function notNow(
  { session, shell }: Pick<TerminalHost, 'session' | 'shell'>,
  line: string,
  writer: OutputWriter,
): boolean {
  const { sharing } = sharingPlace(session);
  if (!sharing || sharing.ownerDrives) return false;
  const first = splitWords(session.aliases.expand(line.trim()))[0] ?? '';
  if (shell.commands.get(first)?.event) return false;
  writer.print(`${sharing.status()}\n`, 'hint');
  return true;
}
