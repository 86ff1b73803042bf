/** What is known of the surroundings when the program starts. */
export interface TerminalFacts {
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--color` */
  readonly color: 'auto' | 'always' | 'never';
  /** `--simple`: no screen, whatever it could do. */
  readonly simple: boolean;
}

/** Everything that depends on what the terminal is, decided once. */
export interface TerminalChoice {
  /** Is there somebody to ask for lines? */
  readonly interactive: boolean;
  /** Prompt, menus and keys of our own; else node's line editor. */
  readonly screen: boolean;
  readonly color: boolean;
  /** May characters above ASCII be drawn? */
  readonly unicode: boolean;
}

/**
 * - a screen needs a terminal at both ends that is not dumb, and nobody who listens instead of looking
 *   (INK_SCREEN_READER is what other programs of this kind look at)
 * - colour: `--color`, NO_COLOR, FORCE_COLOR, a dumb terminal, and then whether stdout is one; no-color.org
 * - UTF-8: the first of LC_ALL, LC_CTYPE and LANG that is set
 *
 * CI is not asked: lab machines set it, and a person sits there all the same.
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
