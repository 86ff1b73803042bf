/** One name of an interface, and its comment. */
interface Entry {
  readonly name: string;
  readonly text: string;
}

const HEAD = [
  '# Interfaces\n',
  'Made by `npm run docs` from the comments in the source; a test holds the two together. What is on this page is kept from',
  'release to release. Everything else of tscrash may change at any time.\n',
].join('\n');

/** `docs/api.md`, from the texts of src/extension-api.ts and src/library.ts. */
export function apiPage(extension: string, library: string): string {
  const version = /^ {2}version: (\d+),$/m.exec(extension)?.[1] ?? '?';
  const libraryVersion = /^export const LIBRARY_VERSION = (\d+);$/m.exec(library)?.[1] ?? '?';
  return [
    HEAD,
    `## For extensions: version ${version}\n`,
    'The argument of the function that an extension exports (`help extend`, and a worked one in',
    '[extensions/threads.js](extensions/threads.js)).\n',
    table(members(extension)),
    `\n## For programs: version ${libraryVersion}\n`,
    "`import { open } from 'tscrash'`; `open(path)` gives a `CrashDump`.\n",
    table([...functions(library), ...methods(library)]),
    '',
  ].join('\n');
}

const table = (entries: readonly Entry[]): string =>
  [
    '| name | meaning |',
    '| --- | --- |',
    ...entries.map(({ name, text }) => `| \`${name}\` | ${text.replace(/\|/g, '\\|')} |`),
  ].join('\n');

/** A comment's lines as one paragraph, links as code. */
const paragraph = (comment: string): string =>
  comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join(' ')
    .replace(/\{@link ([\w.]+)\}/g, '`$1`')
    .trim();

const members = (text: string): Entry[] =>
  [...text.matchAll(/^ {2}\/\*\* ([\s\S]*?)\*\/\n {2}(\w+)[,:]/gm)].map((found) => ({
    name: found[2] ?? '',
    text: paragraph(found[1] ?? ''),
  }));

const functions = (text: string): Entry[] =>
  [...text.matchAll(/^\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport function (\w+)/gm)].map((found) => ({
    name: `${found[2]}()`,
    text: paragraph(found[1] ?? ''),
  }));

const methods = (text: string): Entry[] =>
  [
    ...text.matchAll(
      /^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(?:async |readonly |\*)*(?!constructor)(\w+)([(:])/gm,
    ),
  ]
    .filter(([whole]) => !/Told what|Ends the command/.test(whole))
    .map((found) => ({
      name: `CrashDump.${found[2]}${found[3] === '(' ? '()' : ''}`,
      text: paragraph(found[1] ?? ''),
    }));
