import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT_IN_RULES } from '../analyze/known/built-in.ts';
import { type IssueRule, parseRules, RuleError } from '../analyze/known/rule.ts';
import { CrashError } from '../base/errors.ts';
import { readWhole, systemMessage } from '../base/files.ts';

/** Rules that were read, and why some were not. */
export interface RuleFiles {
  readonly rules: readonly IssueRule[];
  /** A sentence for each file that was left out. */
  readonly problems: readonly string[];
}

/** A folder of rules has fewer files than this, and none is larger. */
const MAX_FILES = 256;
const MAX_BYTES = 1 << 20;

/**
 * The rules that come with the program, then those of the folder `rules` in the user's own: its `*.json`, by name. A
 * folder that is not there has none.
 */
export function readRules(configFolder: string | undefined): RuleFiles {
  const folder = configFolder === undefined ? undefined : join(configFolder, 'rules');
  if (folder === undefined) return { rules: BUILT_IN_RULES, problems: [] };
  const problems: string[] = [];
  const rules = [...BUILT_IN_RULES];
  for (const name of ruleNames(folder, problems)) {
    const path = join(folder, name);
    try {
      const text = readWhole(path, MAX_BYTES, `larger than ${MAX_BYTES} bytes`).toString('utf8');
      rules.push(...parseRules(JSON.parse(text), name));
    } catch (error) {
      problems.push(`${path}: ${reasonOf(error)}`);
    }
  }
  return { rules, problems };
}

/** Why a file was not read: what the system, JSON or the rule's own check says. Anything else is a fault of the program. */
function reasonOf(error: unknown): string {
  if (error instanceof RuleError || error instanceof SyntaxError || error instanceof CrashError)
    return error.message;
  if (error instanceof Error && 'code' in error) return systemMessage(error);
  throw error;
}

function ruleNames(folder: string, problems: string[]): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    if (names.length > MAX_FILES) problems.push(`${folder}: only ${MAX_FILES} files are read`);
    return names.toSorted().slice(0, MAX_FILES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      problems.push(`${folder}: ${systemMessage(error)}`);
    return [];
  }
}
