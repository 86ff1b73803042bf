import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { hex } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { machineCpus } from '../../kernel/core/cpus.ts';
import { slabCaches } from '../../kernel/mm/slab/caches.ts';
import { moduleList, sizeOf } from '../../kernel/modules.ts';
import { isActive, type Task, taskTable } from '../../kernel/task/tasks.ts';
import { displayBytes, escapeText } from '../../output/text/escape.ts';
import type { CompletionKind } from '../command/declaration.ts';
import { FOREACH_WORDS } from '../command/foreach.ts';
import { TOPICS } from '../help/help.ts';
import { settingNames } from '../state/settings.ts';
import type { Candidate, CompletionSource, Completions } from './candidates.ts';
import { offerMembers, offerVariableMembers } from './members.ts';
import type { PrefixMatches } from './prefix-index.ts';

/** Candidates listed: more than a menu shows, for scrolling. */
const LISTED = 60;
/** Only the first rows of a long list are described: each description costs a look-up. */
const EXPLAINED = 12;

type Provider = (typed: string, source: CompletionSource) => Completions;

const listed = (candidates: readonly Candidate[]): Completions => ({
  candidates,
  total: candidates.length,
});
const startingWith = (candidates: readonly Candidate[], typed: string): Completions =>
  listed(candidates.filter(({ text }) => text.startsWith(typed)));

/** The provider of each kind's words. */
const OFFERS: Partial<Record<CompletionKind, Provider>> = {
  command: offerCommands,
  topic: (typed) =>
    startingWith(
      [...Object.entries(TOPICS), ['keys', { summary: 'the keys of the terminal' }] as const].map(
        ([text, { summary }]) => ({ text, detail: summary, suffix: ' ' }),
      ),
      typed,
    ),
  foreach: (typed, { commands }) =>
    startingWith(
      FOREACH_WORDS.map((text) => ({
        text,
        detail: commands.get(text)?.summary ?? 'tasks of this kind',
        suffix: ' ',
      })),
      typed,
    ),
  symbol: offerSymbols,
  expression: (typed, source) => inExpression(typed, source),
  address: (typed, source) => {
    if (typed.startsWith('(')) return inExpression(typed, source);
    const recent = startingWith(source.recent, typed);
    return typed === '' ? recent : joined(recent, offerSymbols(typed, source));
  },
  type: offerTypes,
  member: offerMembersOfLine,
  task: offerTasks,
  cpus: (typed, { session }) => offerCpus(typed, session.target, [['a', 'all cpus']]),
  decimal: (typed, { session }) => offerCpus(typed, session.target, []),
  module: (typed, { session }) =>
    startingWith(
      moduleList(session.target).modules.map((module) => ({
        text: escapeText(module.name),
        detail: `${sizeOf(module)} bytes`,
        suffix: ' ',
      })),
      typed,
    ),
  slab: (typed, { session }) =>
    startingWith(
      [...slabCaches(session.target).caches]
        .map(({ name, objectSize }) => ({
          text: displayBytes(name),
          detail: `objects of ${objectSize}`,
          suffix: ' ',
        }))
        .sort(byText),
      typed,
    ),
  file: offerFiles,
  variable: (typed) =>
    startingWith(
      settingNames().map((text) => ({ text, detail: 'set', suffix: ' ' })),
      typed,
    ),
};

/** The provider of a kind's words; an empty list for kinds without one. */
export function offerOf(offer: CompletionKind): Provider {
  const [, struct] = /^member:(.*)$/.exec(offer) ?? [];
  if (struct === undefined) return OFFERS[offer] ?? (() => listed([]));
  return (typed, { session }) => offerMembers(session.target.allTypes, struct, typed);
}

const byText = (a: Candidate, b: Candidate): number => (a.text < b.text ? -1 : 1);
const joined = (a: Completions, b: Completions): Completions => ({
  candidates: [...a.candidates, ...b.candidates],
  total: a.total + b.total,
  ...(a.total === 0 && b.common !== undefined ? { common: b.common } : {}),
});

/** Commands and aliases; where none matches, types and symbols, which may also begin a line. */
function offerCommands(typed: string, source: CompletionSource): Completions {
  const { commands, session } = source;
  const all: Candidate[] = [
    ...[...commands.values()].map(({ name, summary }) => ({
      text: name,
      detail: summary,
      suffix: ' ',
    })),
    ...session.aliases.list().map(({ name, words }) => ({
      text: name,
      detail: `alias: ${escapeText(words.join(' '))}`,
      suffix: ' ',
    })),
  ];
  const found = startingWith(all.sort(byText), typed);
  if (found.total > 0 || typed === '') return found;
  const types = offerTypes(typed, source);
  return typed.includes('.') ? types : joined(types, offerSymbols(typed, source));
}

function offerSymbols(typed: string, { session, names }: CompletionSource): Completions {
  const found = names.symbols(typed, LISTED);
  const { symbols } = session.target;
  return explained(found, (name) => {
    const symbol = symbols.named(name);
    if (!symbol) return '';
    return `${hex(symbol.address)} (${symbol.type})${symbol.module ? ` [${symbol.module}]` : ''}`;
  });
}

function explained(found: PrefixMatches, explain: (name: string) => string): Completions {
  const candidates = found.first.map((text, row) => ({
    text,
    detail: row < EXPLAINED ? tried(() => explain(text)) : '',
    suffix: ' ',
  }));
  return { candidates, total: found.total, common: found.common };
}
/** A name is offered also when its description cannot be read. */
function tried(explain: () => string): string {
  try {
    return explain();
  } catch (error) {
    if (error instanceof CrashError) return '';
    throw error;
  }
}

/** The symbol at the end of `(jiffies+sched_`, or the member of one. */
function inExpression(typed: string, source: CompletionSource): Completions {
  const members = offerVariableMembers(typed, source);
  if (members) return members;
  const [word = ''] = /[A-Za-z_.][\w.$]*$/.exec(typed) ?? [];
  if (word === '') return listed([]);
  const offered = offerSymbols(word, source);
  return {
    ...offered,
    candidates: offered.candidates.map((candidate) => ({ ...candidate, suffix: '' })),
    offset: typed.length - word.length,
  };
}

/** `task_st` and `task_struct.se.on_`; after a comma the next member of the same type. */
function offerTypes(typed: string, { session, names }: CompletionSource): Completions {
  const { allTypes: types } = session.target;
  const dot = typed.indexOf('.');
  if (dot < 0) {
    return explained(names.types(typed, LISTED), (name) => {
      const type =
        types.find('struct', name) ?? types.find('typedef', name) ?? types.find('enum', name);
      if (!type) return '';
      if (type.kind === 'typedef') return `typedef ${types.nameOf(type.target)}`;
      return 'size' in type ? `${type.kind}, ${type.size} bytes` : type.kind;
    });
  }
  const offered = offerMembers(types, typed.slice(0, dot), typed.slice(dot + 1));
  return { ...offered, offset: dot + 1 + (offered.offset ?? 0) };
}

/** A member of the type elsewhere on the line; of struct page without one (kmem -m). */
function offerMembersOfLine(typed: string, { session, words }: CompletionSource): Completions {
  const type = words.find(({ offers }) => offers.includes('type'))?.text.split('.')[0] ?? 'page';
  return offerMembers(session.target.allTypes, type, typed);
}

/** By pid or by the beginning of the name; tasks that were running come first. */
function offerTasks(typed: string, { session, recent }: CompletionSource): Completions {
  const { target } = session;
  const fits = (task: Task): boolean =>
    String(task.pid).startsWith(typed) || task.comm.startsWith(typed);
  const tasks = taskTable(target).tasks.filter(fits);
  const running = (task: Task): number => (isActive(target, task) ? 0 : 1);
  const first = tasks.slice(0, 5000).sort((a, b) => running(a) - running(b) || a.pid - b.pid);
  const candidates = first.slice(0, LISTED).map((task) => ({
    text: String(task.pid),
    detail: `${displayBytes(task.comm)}${running(task) === 0 ? `  on cpu ${task.cpu}` : ''}`,
    suffix: ' ',
  }));
  const addresses = typed === '' ? [] : recent.filter(({ text }) => text.startsWith(typed));
  // A typed name is not the common beginning of the pids.
  return {
    candidates: [...candidates, ...addresses],
    total: tasks.length + addresses.length,
    ...(candidates.some(({ text }) => !text.startsWith(typed)) && candidates.length > 1
      ? { common: typed }
      : {}),
  };
}

function offerCpus(
  typed: string,
  target: CompletionSource['session']['target'],
  more: readonly (readonly [string, string])[],
): Completions {
  const from = Math.max(typed.lastIndexOf(','), typed.lastIndexOf('-')) + 1;
  const candidates = [
    ...(from === 0 ? more.map(([text, detail]) => ({ text, detail, suffix: ' ' })) : []),
    ...machineCpus(target).map((cpu) => ({ text: String(cpu), detail: 'cpu', suffix: ' ' })),
  ];
  return { ...startingWith(candidates, typed.slice(from)), offset: from };
}

function offerFiles(typed: string): Completions {
  const slash = typed.lastIndexOf('/') + 1;
  const folder = typed.slice(0, slash);
  const path = folder.startsWith('~/') ? join(homedir(), folder.slice(2)) : folder || '.';
  const start = typed.slice(slash);
  try {
    const candidates = readdirSync(slash > 0 ? dirname(join(path, 'x')) : path, {
      withFileTypes: true,
    })
      .filter(({ name }) => name.startsWith(start) && (start !== '' || !name.startsWith('.')))
      .map((entry) => ({
        text: escapeText(entry.name),
        detail: entry.isDirectory() ? 'folder' : '',
        suffix: entry.isDirectory() ? '/' : ' ',
      }))
      .sort(byText);
    return { ...listed(candidates), offset: slash };
  } catch {
    // A folder that cannot be listed offers nothing.
    return listed([]);
  }
}
