import { Completer } from '../../src/session/completion/complete.ts';
import { typingHint } from '../../src/session/completion/typing-hint.ts';
import { ContextRow } from '../../src/ui/context-row.ts';
import { History } from '../../src/ui/history/history.ts';
import { HistoryStore } from '../../src/ui/history/store.ts';
import type { PickList } from '../../src/ui/picker/types.ts';
import { Repl } from '../../src/ui/repl.ts';
import { progressFrame } from '../../src/ui/view/frame.ts';
import { PROMPT } from '../../src/ui/view/input-rows.ts';
import { Palette } from '../../src/ui/view/palette.ts';
import type { WarmUp } from '../../src/ui/warm-up.ts';
import { commandMap, fakeSession } from '../session/fake-session.ts';
import { events } from '../ui/play.ts';
import { Screen } from './screen.ts';

// Ink draws one frame only where this is set, and reads it when it is loaded.
process.env.CI = 'false';
export const { Live } = await import('../../src/ui/live.tsx');

export interface TestSession {
  readonly screen: Screen;
  readonly live: InstanceType<typeof Live>;
  readonly repl: Repl;
  readonly ran: string[];
  readonly copied: string[];
  /** Plays keys as {@link events} writes them. */
  play(script: string): void;
  progress(text: string): void;
}

export interface SessionFacts {
  readonly columns?: number;
  readonly rows?: number;
  readonly color?: boolean;
  readonly unicode?: boolean;
  readonly symbols?: readonly string[];
  readonly history?: readonly string[];
  readonly picks?: PickList;
  /** What a line prints. */
  answer?(line: string): string;
}

/** A prompt on a screen in memory, over a dump of a few names. */
export function openSession(facts: SessionFacts = {}): TestSession {
  const { columns = 80, rows = 24, color = false, unicode = true } = facts;
  const screen = new Screen(columns, rows);
  const palette = new Palette({ color, unicode });
  const live = new Live(screen.stream, {
    palette,
    onError: (error) => {
      throw error;
    },
  });
  const session = fakeSession({ symbols: facts.symbols ?? [] });
  Object.assign(session.settings, { edit: 'emacs', context: true });
  Object.assign(session, {
    task: { address: 1n, pid: 149, comm: 'insmod', cpu: 1 },
  });
  Object.assign(session.target, {
    memory: { paths: ['/var/crash/vmcore'] },
    vmcoreinfo: { osrelease: '6.1.0-9-amd64' },
    memo: () => '"Oops: 0002 [#1] PREEMPT SMP NOPTI" (check log for details)',
  });
  const commands = commandMap();
  const completer = new Completer({ session, commands });
  for (const _ of completer.names.warm());
  const history = new History(new HistoryStore('/nowhere/at/all', 'x'), 'x');
  for (const line of facts.history ?? []) history.add(` ${line}`, 0);
  const ran: string[] = [];
  const copied: string[] = [];
  const context = new ContextRow(session);
  const repl = new Repl({
    session,
    completer,
    advice: (text, cursor) => typingHint(text, cursor, { session, commands, completer }),
    interrupt() {},
    prompt: () => PROMPT,
    context: () => context.text(),
    history,
    // Every name is known already: nothing is left for the pauses.
    warmUp: { touch() {}, pause() {}, onDone() {} } as unknown as WarmUp,
    ellipsis: palette.ellipsis,
    window: () => ({ columns: screen.columns, rows: screen.rows }),
    show: (frame) => live.show(frame),
    hide: () => live.hide(),
    say: (text) => live.write(text),
    picks: () =>
      facts.picks ?? {
        items: [],
        detail: () => ({ text: '', brief: '' }),
        apply: () => ({ do: 'say', text: '' }),
      },
    copy: (text) => copied.push(text),
    suspend: () => {},
    onError: (error) => {
      throw error;
    },
    async run(line) {
      live.hide();
      ran.push(line);
      screen.write(`${PROMPT}${line}\n`);
      live.write(facts.answer?.(line) ?? '');
    },
  });
  context.wanted = true;
  repl.draw();
  live.hide();
  const window = () => ({ columns: screen.columns, rows: screen.rows });
  return {
    screen,
    live,
    repl,
    ran,
    copied,
    play: (script) => repl.handle(events(script)),
    progress: (text) => live.show(progressFrame(text, { window: window(), ellipsis: '…' })),
  };
}
