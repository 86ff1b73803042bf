import { OutputHistory } from '../../src/session/sinks/output-history.ts';
import type { Session } from '../../src/session/state/session.ts';
import { OutputWriter } from '../../src/ui/output-writer.ts';
import { Paging } from '../../src/ui/pager/paging.ts';
import type { InputEvent } from '../../src/ui/term/keys.ts';
import type { TerminalModes } from '../../src/ui/term/modes.ts';
import { events } from '../ui/play.ts';
import { Screen } from './screen.ts';

/** A line's output on its way to a screen in memory, with all of the pager between. */
export interface TestPaging {
  readonly screen: Screen;
  readonly writer: OutputWriter;
  readonly paging: Paging;
  readonly session: Session;
  /** Keys that nobody has taken. */
  readonly ahead: InputEvent[];
  /** How often the command was told to stop, and the program to suspend. */
  readonly calls: { interrupt: number; suspend: number };
  /** A command prints. */
  print(text: string): void;
  play(script: string): Promise<void>;
  /** The command ends; resolves when the pager has been left. */
  end(): Promise<void>;
  settle(): Promise<void>;
}

export interface PagingFacts {
  readonly columns?: number;
  readonly rows?: number;
  readonly scroll?: boolean;
  readonly line?: string;
  paint?(line: string): string;
}

export function openPaging(facts: PagingFacts = {}): TestPaging {
  const { columns = 80, rows = 24, scroll = true, line = 'log' } = facts;
  const screen = new Screen(columns, rows);
  const blocks = new OutputHistory({ limit: 1 << 30 });
  const session = {
    blocks,
    settings: { scroll, pager: 'builtin' },
    interrupted: false,
    page() {},
  } as unknown as Session;
  const paint = facts.paint ?? ((text: string) => text);
  const writer = new OutputWriter({
    stdout: screen,
    write: (text) => screen.write(text),
    paint: (text) => text,
  });
  let owner: ((events: readonly InputEvent[]) => void) | undefined;
  const ahead: InputEvent[] = [];
  const calls = { interrupt: 0, suspend: 0 };
  let time = 0;
  const modes = {
    alternate: (on: boolean) => screen.write(on ? '\x1b[?1049h' : '\x1b[?1049l\x1b[?25h'),
  } as unknown as TerminalModes;
  const paging = new Paging({
    session,
    writer,
    modes,
    ellipsis: '…',
    window: () => ({ columns: screen.columns, rows: screen.rows }),
    paint,
    // Time enough goes by between two looks at the clock that nothing is put off.
    now: () => (time += 1000),
    write: (text) => screen.write(text),
    say: (text) => writer.print(`${text}\n`, 'hint'),
    lent: () => false,
    block: () => session.blocks?.current,
    shared: () => false,
    hide() {},
    grab(onEvents) {
      owner = onEvents;
      return () => {
        owner = undefined;
      };
    },
    interrupt() {
      calls.interrupt++;
      session.interrupted = true;
    },
    suspend() {
      calls.suspend++;
    },
    typeAhead: (rest) => ahead.push(...rest),
    onError(error) {
      throw error;
    },
  });
  screen.write(`crash> ${line}\n`);
  blocks.begin(1, line);
  paging.begin(line);
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    screen,
    writer,
    paging,
    session,
    ahead,
    calls,
    print(text) {
      blocks.append(text);
      writer.write(text);
    },
    async play(script) {
      await settle();
      for (const event of events(script)) {
        if (owner) owner([event]);
        else ahead.push(event);
        await settle();
      }
    },
    async end() {
      blocks.end('ok');
      await paging.finish();
      writer.finish();
    },
    settle,
  };
}
