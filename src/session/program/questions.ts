import { arch, platform, release } from 'node:os';
import { openDumpFrom } from '../../dump/open.ts';
import type { ByteSource } from '../../dump/source.ts';
import type { Target } from '../../kernel/core/target.ts';
import { utsname } from '../../kernel/system/utsname.ts';
import { wallClock } from '../../kernel/time/clock.ts';
import { dateText } from '../../output/text/dates.ts';
import { escapeText } from '../../output/text/escape.ts';
import type { AnyCommand } from '../command/command.ts';
import { commandHelp, TOPICS } from '../help/help.ts';
import { keySheet } from '../help/keys.ts';
import { Aliases } from '../line/aliases.ts';
import type { Question } from './crash-options.ts';

/** A question's answer: a line; undefined when the dump does not say. Throws CrashError. */
export type Answer = string | undefined;

/** Keys of VMCOREINFO that answer without opening the kernel. */
const KEYS: Readonly<Partial<Record<Question, string>>> = {
  osrelease: 'OSRELEASE',
  'build-id': 'BUILD-ID',
};

/**
 * Answers from the note of a dump alone where it can, so that the dump of a machine that tscrash cannot read answers too;
 * from the kernel otherwise, which `open` opens.
 */
export function answer(
  question: Question,
  sources: readonly ByteSource[],
  open: () => Target,
): Answer {
  const key = KEYS[question];
  if (key !== undefined) {
    const { facts } = openDumpFrom(sources);
    const said = new RegExp(`^${key}=(.+)$`, 'm').exec(facts.vmcoreinfo ?? '')?.[1];
    if (said !== undefined) return escapeText(said);
  }
  const target = open();
  if (question === 'timestamp') return dateText(wallClock(target));
  if (question === 'build-id') return target.vmcoreinfo.buildId;
  return escapeText(target.vmcoreinfo.osrelease ?? utsname(target).release);
}

/** What this program is and runs on: `--buildinfo`. */
export const buildInfo = (version: string): string =>
  [
    '   build_command: tscrash',
    `   build_version: ${version}`,
    `    build_target: ${arch().toUpperCase()}`,
    ` runtime_version: node ${process.version} (${platform()} ${release()})`,
    '',
  ].join('\n');

/** The page of a command, an alias of one, or a topic, as `help` prints it. */
export function helpAbout(word: string, commands: readonly AnyCommand[]): string | undefined {
  const name = new Aliases().find(word)?.words[0] ?? word;
  const found = commands.find((command) => command.name === name);
  if (found) return text(commandHelp(found));
  if (word === 'all') return text(commands.flatMap(commandHelp));
  if (word === 'keys') return text(keySheet());
  const topic = Object.hasOwn(TOPICS, word) ? TOPICS[word] : undefined;
  return topic && text([...topic.text.split('\n'), '']);
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
