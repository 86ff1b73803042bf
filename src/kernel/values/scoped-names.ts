import { CrashError, MissingError } from '../../base/errors.ts';
import { variableFileAt } from '../core/source-places.ts';
import type { Target } from '../core/target.ts';
import { type Variable, variableAt } from './variables.ts';

/** `'kernel/panic.c'::tainted_mask`, as gdb writes a name of one source file. */
const SCOPED = /'([^']+)'::([A-Za-z_]\w*)/g;
const MADE = 'tscrash_scoped_name_';

/** The names of one source file that an expression has: each stands in it as a name that no kernel has. */
export class ScopedNames {
  readonly #names: { readonly file: string; readonly name: string }[] = [];

  replaceIn(expression: string): string {
    return expression.replace(SCOPED, (_, file: string, name: string) => {
      this.#names.push({ file, name });
      return `${MADE}${this.#names.length - 1}`;
    });
  }

  /** The variable or function behind a made name; undefined for other names. Throws MissingError. */
  find(target: Target, made: string): Variable | undefined {
    if (!made.startsWith(MADE)) return undefined;
    const scoped = this.#names[Number(made.slice(MADE.length))];
    if (!scoped) return undefined;
    const { file, name } = scoped;
    for (const { address } of target.symbols.allNamed(name)) {
      const source = sourceFileOf(target, address);
      if (source === file || source?.endsWith(`/${file}`)) return variableAt(target, name, address);
    }
    throw new MissingError('symbol', name, `No symbol "${name}" in specified context.`);
  }
}

/** The source file (DW_AT_name of its unit) of a variable or function. */
function sourceFileOf(target: Target, address: bigint): string | undefined {
  const found = variableFileAt(target, address);
  if (!found) return undefined;
  try {
    const { file, link } = found;
    return (file.unitAt(link) ?? file.variableAt(link)?.unit)?.name;
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    target.losses.report({ what: 'source file', reason: `${found.file.path}: ${error.message}` });
    return undefined;
  }
}
