import { blame, CrashError } from '../../base/errors.ts';
import { splitWords } from './words.ts';

/** An alias, its text, and where it was defined. */
export interface Alias {
  readonly origin: 'builtin' | 'runtime';
  readonly name: string;
  readonly words: readonly string[];
}

const BUILTIN: readonly (readonly [string, string])[] = [
  ['man', 'help'],
  ['?', 'help'],
  ['quit', 'q'],
  ['sf', 'set scroll off'],
  ['sn', 'set scroll on'],
  ['hex', 'set radix 16'],
  ['dec', 'set radix 10'],
  ['g', 'gdb'],
  ['px', 'p -x'],
  ['pd', 'p -d'],
  ['for', 'foreach'],
  ['size', '*'],
  ['dmesg', 'log'],
  ['lsmod', 'mod'],
  ['last', 'ps -l'],
];

/** The aliases, in the order of their definition. */
export class Aliases {
  readonly #aliases = new Map<string, Alias>(
    BUILTIN.map(([name, line]) => [name, { origin: 'builtin', name, words: line.split(' ') }]),
  );

  list(): readonly Alias[] {
    return [...this.#aliases.values()];
  }
  find(name: string): Alias | undefined {
    return this.#aliases.get(name);
  }

  /**
   * Makes or replaces an alias. Throws CrashError when the name is a command's, or when its text does not begin with a
   * command.
   */
  define(name: string, words: readonly string[], isCommand: (word: string) => boolean): Alias {
    if (isCommand(name)) {
      const error = new CrashError(`cannot alias existing command name: ${name}`);
      throw blame(error, { kind: 'text', word: name });
    }
    const line = words.join(' ');
    const first = splitWords(line)[0] ?? '';
    if (!isCommand(first) && first !== 'clear') {
      {
        const error = new CrashError(`invalid alias attempt on non-existent command: ${first}`);
        throw blame(error, { kind: 'command', word: first });
      }
    }
    const alias: Alias = { origin: 'runtime', name, words: splitWords(line) };
    this.#aliases.delete(name);
    this.#aliases.set(name, alias);
    return alias;
  }

  delete(name: string): boolean {
    return this.#aliases.delete(name);
  }

  /** The line with its first word replaced, once: the text of an alias is not expanded again. */
  expand(line: string): string {
    const [, first = '', rest = ''] = /^\s*(\S+)(.*)$/s.exec(line) ?? [];
    const alias = this.#aliases.get(first);
    return alias ? alias.words.join(' ') + rest : line;
  }
}
