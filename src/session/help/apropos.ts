import type { AnyCommand } from '../command/command.ts';
import { flagText } from '../command/declaration.ts';
import { settingNames } from '../state/settings.ts';
import { TOPICS } from './help.ts';
import { KEY_SECTIONS, keyName } from './keys.ts';

/** A command that matches the words, and its lines that contain them. */
export interface Found {
  readonly name: string;
  readonly summary: string;
  /** Flags, operands and sentences of the help that contain a word; the best first. */
  readonly because: readonly string[];
}

/** Matching lines shown for a command. */
const SHOWN = 4;

/**
 * The commands that contain all the words, in any case: in the name, the summary, the flags, the operands or the help.
 * Matches in the name or the summary come first. The topics of `help` count as commands, and the variables of `set`
 * belong to `set`. A word matches at the beginning of a word; when there is no such match, anywhere.
 */
export function apropos(words: readonly string[], commands: Iterable<AnyCommand>): Found[] {
  const pages = [...commandPages(commands), ...topicPages(), keyPage()];
  const beginnings = words.map((word) => new RegExp(`(?<![\\p{L}\\d])${escaped(word)}`, 'iu'));
  const found = search(pages, words, beginnings);
  if (found.length > 0) return found;
  const anywhere = words.map((word) => new RegExp(escaped(word), 'iu'));
  return search(pages, words, anywhere);
}

const escaped = (word: string): string => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function search(
  pages: readonly Page[],
  words: readonly string[],
  wanted: readonly RegExp[],
): Found[] {
  const fits = (text: string): boolean => wanted.every((word) => word.test(text));
  const some = (text: string): boolean => wanted.some((word) => word.test(text));
  const found: (Found & { readonly rank: number })[] = [];
  for (const page of pages) {
    const title = `${page.name} ${page.summary}`;
    if (!fits([title, ...page.lines].join('\n'))) continue;
    const whole = page.lines.filter(fits);
    const because = (whole.length > 0 ? whole : page.lines.filter(some)).slice(0, SHOWN);
    const rank = page.name === words[0] ? 0 : fits(title) ? 1 : whole.length > 0 ? 2 : 3;
    found.push({ name: page.name, summary: page.summary, because, rank });
  }
  return found
    .sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))
    .map(({ name, summary, because }) => ({ name, summary, because }));
}

interface Page {
  readonly name: string;
  readonly summary: string;
  readonly lines: readonly string[];
}

function* commandPages(commands: Iterable<AnyCommand>): Generator<Page> {
  for (const command of commands) {
    const flags = Object.entries(command.flags).filter(([, flag]) => !flag.hidden);
    yield {
      name: command.name,
      summary: command.summary,
      lines: [
        ...flags.map(([key, { help }]) => `${flagText(key)}  ${help}`),
        ...command.operands.map(({ name, help }) => `${name}  ${help}`),
        ...(command.name === 'set' ? settingNames().map((name) => `set ${name}`) : []),
        ...sentences(command.help ?? ''),
        ...(command.name === 'apropos' ? [] : (command.examples ?? [])).map(
          ({ run, shows }) => `${run}  ${shows}`,
        ),
      ],
    };
  }
}

function* topicPages(): Generator<Page> {
  for (const [topic, { summary, text }] of Object.entries(TOPICS)) {
    yield { name: `help ${topic}`, summary, lines: sentences(text) };
  }
}

function keyPage(): Page {
  const rows = KEY_SECTIONS.flatMap((section) => section.rows);
  return {
    name: 'help keys',
    summary: 'the keys of the terminal',
    lines: rows.map(({ keys, help }) => `${keys.map(keyName).join(' ')}  ${help}`),
  };
}

/** Help is broken in lines of a screen; two neighbouring words may be on two lines. */
const sentences = (help: string): string[] =>
  help
    .split(/\n\s*\n|\n(?=\s)/)
    .flatMap((paragraph) =>
      paragraph
        .replace(/(?<=\w)-\n\s*/g, '-')
        .replace(/\s+/g, ' ')
        .trim()
        .split(/(?<=[.:;]) /),
    )
    .filter((sentence) => sentence !== '');
