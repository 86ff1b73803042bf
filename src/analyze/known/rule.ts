import { CLASS_NAMES, type ClassName } from '../classes.ts';
import type { Certainty } from '../facts.ts';

/** A known issue, as data: what it looks like, which kernels have it, and what to do. */
export interface IssueRule {
  /** A short name of its own: letters, digits, `-`. */
  readonly id: string;
  readonly title: string;
  /** What to do, in a sentence or two. */
  readonly text: string;
  readonly link?: string | undefined;
  /** What the verdict must be. */
  readonly when: {
    readonly class?: readonly ClassName[] | undefined;
    /** A regular expression over the subject. */
    readonly subject?: string | undefined;
    /** Any function of the stack, by plain name, must match this regular expression. */
    readonly frame?: string | undefined;
    /** A regular expression over the log lines that are quoted. */
    readonly log?: string | undefined;
  };
  /** Ranges of kernels by release; any of them. Without them, all kernels. */
  readonly kernels?: readonly KernelRange[] | undefined;
}

/** From a release on, and before another; both as `uname -r` writes them, compared number by number. */
export interface KernelRange {
  readonly from?: string | undefined;
  readonly before?: string | undefined;
  /** The release must contain this: `.el8`. */
  readonly like?: string | undefined;
}

/** A rule that fits, and how sure that is. */
export interface KnownIssue {
  readonly rule: IssueRule;
  readonly certainty: Certainty;
  /** The kernel's release is in no range of the rule, or is not known. */
  readonly isOtherKernel: boolean;
}

/** A rule file is wrong: `at` says where. */
export class RuleError extends Error {
  override name = 'RuleError';
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Rules of a parsed JSON file: one rule or a list. Throws RuleError with the place of the first fault. */
export function parseRules(json: unknown, file: string): readonly IssueRule[] {
  const list = Array.isArray(json) ? json : [json];
  return list.map((each, i) => parseRule(each, `${file}, rule ${i + 1}`));
}

function parseRule(json: unknown, at: string): IssueRule {
  if (typeof json !== 'object' || json === null) throw new RuleError(`${at}: not an object`);
  const rule = json as Record<string, unknown>;
  for (const name of ['id', 'title', 'text'])
    if (!isText(rule[name])) throw new RuleError(`${at}: "${name}" is missing or no text`);
  const when = rule.when;
  if (typeof when !== 'object' || when === null) throw new RuleError(`${at}: "when" is missing`);
  const { class: classes, subject, frame, log } = when as Record<string, unknown>;
  const names = classes === undefined ? undefined : [classes].flat();
  for (const name of names ?? [])
    if (!CLASS_NAMES.includes(name as ClassName))
      throw new RuleError(`${at}: no such class: ${String(name)}`);
  for (const pattern of [subject, frame, log]) checkPattern(pattern, at);
  return {
    id: rule.id as string,
    title: rule.title as string,
    text: rule.text as string,
    link: isText(rule.link) ? rule.link : undefined,
    when: {
      class: names as readonly ClassName[] | undefined,
      subject: subject as string | undefined,
      frame: frame as string | undefined,
      log: log as string | undefined,
    },
    kernels: parseRanges(rule.kernels, at),
  };
}

/** A longer pattern is no rule; and a quadratic one over a long log would be a hang. */
const MAX_PATTERN = 200;

function checkPattern(pattern: unknown, at: string): void {
  if (pattern === undefined) return;
  if (!isText(pattern) || pattern.length > MAX_PATTERN)
    throw new RuleError(`${at}: a pattern is no text, or longer than ${MAX_PATTERN} characters`);
  try {
    new RegExp(pattern);
  } catch (error) {
    throw new RuleError(`${at}: ${(error as Error).message}`);
  }
}

function parseRanges(json: unknown, at: string): readonly KernelRange[] | undefined {
  if (json === undefined) return undefined;
  if (!Array.isArray(json)) throw new RuleError(`${at}: "kernels" is no list`);
  return json.map((each) => {
    const { from, before, like } = each as Record<string, unknown>;
    for (const text of [from, before, like])
      if (text !== undefined && !isText(text))
        throw new RuleError(`${at}: a range of kernels is no text`);
    return { from, before, like } as KernelRange;
  });
}

/** The numbers of a release in their order: `4.18.0-305.34.2.el8_4` is 4, 18, 0, 305, 34, 2. */
function numbersOf(release: string): readonly number[] {
  const end = release.search(/[A-Za-z_+]/);
  const numbers = (end < 0 ? release : release.slice(0, end)).match(/\d+/g) ?? [];
  return numbers.map(Number);
}

/** Below 0 when `a` is the older release. */
export function compareReleases(a: string, b: string): number {
  const [x, y] = [numbersOf(a), numbersOf(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a release lies in a range. */
export const isInRange = (release: string, { from, before, like }: KernelRange): boolean =>
  (from === undefined || compareReleases(release, from) >= 0) &&
  (before === undefined || compareReleases(release, before) < 0) &&
  (like === undefined || release.includes(like));
