/** Facts about the environment at the program's start. */
export interface TerminalFacts {
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--color` */
  readonly color: 'auto' | 'always' | 'never';
  /** `--simple`: no screen. */
  readonly simple: boolean;
}

/** Everything that depends on the terminal, decided once. */
export interface TerminalChoice {
  /** Whether lines come from a terminal. */
  readonly interactive: boolean;
  /** Prompt, menus and keys of our own; else node's line editor. */
  readonly screen: boolean;
  readonly color: boolean;
  /** Whether characters above ASCII can be drawn. */
  readonly unicode: boolean;
}

/**
 * - a screen needs a terminal at both ends that is not dumb, and no screen reader (INK_SCREEN_READER, as
 *   other programs of this kind have it)
 * - colour: `--color`, NO_COLOR, FORCE_COLOR, a dumb terminal, and then whether stdout is one; no-color.org
 * - UTF-8: the first of LC_ALL, LC_CTYPE and LANG that is set
 *
 * CI is ignored: lab machines set it also for people at a terminal.
 */
export function chooseTerminal(facts: TerminalFacts): TerminalChoice {
  const { env, stdinIsTerminal, stdoutIsTerminal } = facts;
  const dumb = env.TERM === 'dumb' || env.TERM === '';
  const listens = env.INK_SCREEN_READER === 'true' || env.INK_SCREEN_READER === '1';
  return {
    interactive: stdinIsTerminal,
    screen: stdinIsTerminal && stdoutIsTerminal && !dumb && !listens && !facts.simple,
    color: wantsColor(facts, dumb),
    unicode: /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || ''),
  };
}

function wantsColor({ color, env, stdoutIsTerminal }: TerminalFacts, dumb: boolean): boolean {
  if (color !== 'auto') return color === 'always';
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0';
  return !dumb && stdoutIsTerminal;
}
