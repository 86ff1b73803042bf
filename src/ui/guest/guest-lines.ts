import { splitWords } from '../../session/line/words.ts';
import type { LineOutput } from '../../session/sinks/output-history.ts';
import type { GuestLink } from '../../share/guest-link.ts';
import type { GuestModel, SharedAnswer } from '../../share/guest-model.ts';
import { counted, escapeLine } from '../../share/rows.ts';
import { WORDS } from '../../share/words.ts';

/** What the lines of a guest act on. */
export interface GuestSeat {
  readonly model: GuestModel;
  readonly link: GuestLink;
  /** A line of the guest's own screen. */
  tell(text: string): void;
  print(text: string): void;
  /** Shows an answer in the pager; resolves when it was left. */
  page(block: LineOutput): Promise<void>;
  /** Runs a line in the shared session; resolves when its answer is here, or cannot come. */
  run(line: string): Promise<void>;
  /** The text of an older answer; resolves when it is here. */
  fetch(answer: SharedAnswer): Promise<LineOutput | undefined>;
  /** Answers of others are shown whole, or not. */
  follow(): boolean;
  leave(): void;
}

type Word = (seat: GuestSeat, rest: string, words: readonly string[]) => void | Promise<void>;

/** Words that a guest's own side answers, whoever drives. */
const OWN: Readonly<Record<string, { readonly help: string; readonly run: Word }>> = {
  ask: {
    help: 'ask for the keyboard',
    run({ link, tell, model }) {
      if (model.drives) tell('you drive');
      else if (!link.send({ t: 'want', c: link.nextAct() })) tell('not sent: no connection');
    },
  },
  follow: {
    help: 'show the answers of others whole, or no longer',
    run: ({ tell, follow }) =>
      tell(follow() ? 'answers are shown whole' : 'of long answers the ends are shown'),
  },
  hand: {
    help: 'hand NAME: hand the keyboard on, while you drive',
    run({ link, tell }, _rest, [, who = '']) {
      if (who === '') tell('hand NAME');
      else if (!link.send({ t: 'hand', c: link.nextAct(), who: who.slice(0, 24) }))
        tell('not sent: no connection');
    },
  },
  help: {
    help: 'this list',
    run({ tell, model }) {
      for (const [name, { help }] of Object.entries(OWN)) tell(`  ${name.padEnd(8)}${help}`);
      const { driver } = model;
      tell(
        model.drives
          ? 'every other line is a line of the shared session: you drive'
          : `lines of the session itself are typed by ${driver}, who drives`,
      );
    },
  },
  less: {
    help: 'less N: an answer, a page at a time',
    async run(seat, _rest, words) {
      const block = await chosen(seat, words);
      if (block) await seat.page(block);
    },
  },
  out: {
    help: 'the list of answers; out N: an answer again',
    async run(seat, _rest, words) {
      if (words.length < 2) {
        for (const { a, who, line, lines } of seat.model.answers.values())
          seat.tell(
            `${String(a).padStart(6)}  ${counted(lines, 'line')}  ${who}> ${escapeLine(line)}`,
          );
        return;
      }
      const block = await chosen(seat, words);
      for (const text of block?.lines() ?? []) seat.print(`${text ?? ''}\n`);
    },
  },
  say: {
    help: 'say TEXT: to everybody',
    run({ link, tell }, rest) {
      if (rest === '') tell('say TEXT');
      else if (!link.send({ t: 'say', c: link.nextAct(), text: rest.slice(0, 2000) }))
        tell('not sent: no connection');
    },
  },
  q: { help: 'leave', run: ({ leave }) => leave() },
  who: {
    help: 'who is here',
    run({ tell, model }) {
      for (const name of model.people)
        tell(
          `${name}${name === model.driver ? '  drives' : ''}${name === model.you ? '  you' : ''}`,
        );
    },
  },
};
const SAME: Readonly<Record<string, string>> = { exit: 'q', quit: 'q', '?': 'help' };

/** The words, for completion. */
export const ownWords = (): readonly (readonly [name: string, help: string])[] =>
  Object.entries(OWN).map(([name, { help }]) => [name, help]);

/** What a line that a guest has entered does. Whoever drives has the session's own commands, with a few of these. */
export async function runGuestLine(seat: GuestSeat, line: string): Promise<void> {
  const words = splitWords(line);
  const first = words[0] ?? '';
  if (first === '') return;
  const name = SAME[first] ?? first;
  const { model } = seat;
  const own = Object.hasOwn(OWN, name) ? OWN[name] : undefined;
  if (own && !(model.drives && name === 'help')) {
    await own.run(seat, line.trim().slice(first.length).trim(), words);
    return;
  }
  if (seat.link.over) seat.tell('the session is over: out, less, who and q are left');
  else if (model.drives) await seat.run(line);
  else seat.tell(`${WORDS.notRun(model.driver)} (ask asks for the keyboard, help lists the rest)`);
}

/** The text of the answer that a word names; undefined where there is none, which is said. */
async function chosen(
  seat: GuestSeat,
  [, word = '']: readonly string[],
): Promise<LineOutput | undefined> {
  const answer = /^\d+$/.test(word) ? seat.model.answers.get(Number(word)) : undefined;
  if (!answer) {
    seat.tell(`no answer ${escapeLine(word)}: "out" lists what there is`);
    return undefined;
  }
  const block = answer.block ?? (await seat.fetch(answer));
  if (!block) seat.tell(`answer ${answer.a} is not kept any more`);
  return block;
}
