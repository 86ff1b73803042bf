import { closeSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { CrashError } from '../../base/errors.ts';
import { NotAFileError, openRegular } from '../../base/files.ts';
import type { AnyCommand } from '../command/command.ts';
import { EXTENSION_CODE } from '../state/confinement.ts';
import { type Session, Slot } from '../state/session.ts';

/** A loaded file with commands. */
export interface Extension {
  /** As it was given. */
  readonly path: string;
  readonly commands: readonly AnyCommand[];
}

const EXTENSIONS = new Slot(() => new Map<string, Extension>());

/** The extensions of a session, by path, in the order in which they came. */
export const extensionsOf = (session: Session): Map<string, Extension> => session.slot(EXTENSIONS);

/** Folders besides the current one in which extensions are searched. */
export const extensionFolders = (): readonly string[] =>
  [process.env.TSCRASH_EXTENSIONS, process.env.CRASH_EXTENSIONS, './extensions'].filter(
    (folder) => folder !== undefined && folder !== '',
  ) as string[];

const KINDS = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts']);

/** Every file that could be loaded by its name alone. */
export function availableExtensions(): string[] {
  return extensionFolders()
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => KINDS.has(extname(name)) && !name.endsWith('.d.ts'))
        .map((name) => join(folder, name)),
    );
}

/** The path of a named file; crash's own words when it is not found. */
export function findExtension(name: string): string {
  const places = isAbsolute(name)
    ? [name]
    : ['.', ...extensionFolders()].map((folder) => join(folder, name));
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new CrashError(`${name}: No such device or address`);
  if (!KINDS.has(extname(found))) {
    throw new CrashError(`${name}: not a .js or .ts file: shared objects are for crash alone`);
  }
  return isAbsolute(found) || found.startsWith('./') ? found : `./${found}`;
}

/**
 * Loads a file and returns its commands. The file's default export is a command (as defineCommand makes it), a list of
 * them, or a function that makes either from `api`, which is all that commands may import. The file runs with the
 * user's rights. Throws CrashError with the reason.
 */
export function loadExtension(path: string, api: object): readonly AnyCommand[] {
  let loaded: unknown;
  try {
    closeSync(openRegular(path).fd);
    loaded = /\.m?ts$/.test(path) ? loadTypeScript(path) : requireFile(path);
    if (isModule(loaded)) loaded = loaded.default;
    if (typeof loaded === 'function') loaded = loaded(api);
  } catch (error) {
    if (error instanceof NotAFileError) throw new CrashError(`${path}: ${error.message}`);
    if (error instanceof CrashError) throw error;
    const { name, message } = error as Error;
    throw new CrashError(`${path}: ${name}: ${String(message).split('\n')[0]}`);
  }
  const commands = Array.isArray(loaded) ? loaded : [loaded];
  return commands.map((command) => checkedCommand(command, path));
}

const isModule = (value: unknown): value is { readonly default: unknown } =>
  typeof value === 'object' && value !== null && 'default' in value;

/** Node 20.19 can require() an ES module, so that loading stays synchronous. */
function requireFile(path: string): unknown {
  const file = resolve(path);
  const require = createRequire(file);
  delete require.cache[file];
  // Node 20 warns that this is experimental, which does not concern a user of tscrash.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return require(file);
  } finally {
    process.emitWarning = emitWarning;
  }
}

interface Esbuild {
  transformSync(code: string, options: object): { readonly code: string };
}

function loadTypeScript(path: string): unknown {
  // Node from 22.18 on strips types itself.
  if ((process.features as { typescript?: unknown }).typescript) return requireFile(path);
  const esbuild = findEsbuild(path);
  if (!esbuild) {
    throw new CrashError(
      `${path}: this Node.js (${process.version}) cannot read TypeScript: use a .js file, install esbuild beside it, or use Node.js 22.18 or later`,
    );
  }
  const { code } = esbuild.transformSync(readFileSync(path, 'utf8'), {
    loader: 'ts',
    format: 'cjs',
    target: 'node20',
    sourcefile: path,
    sourcemap: 'inline',
  });
  const module = { exports: {} as unknown };
  const run = new Function('module', 'exports', 'require', '__filename', '__dirname', code);
  const file = resolve(path);
  run(module, module.exports, createRequire(file), file, dirname(file));
  return module.exports;
}

/** esbuild as the extension would find it, or our own. */
function findEsbuild(path: string): Esbuild | undefined {
  for (const from of [resolve(path), import.meta.url]) {
    try {
      return createRequire(from)('esbuild') as Esbuild;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

/** Checks a command and fills in defaults. */
function checkedCommand(value: unknown, path: string): AnyCommand {
  const command = value as Partial<AnyCommand> | null | undefined;
  const wrong = (what: string) => new CrashError(`${path}: ${what}`);
  if (typeof command !== 'object' || command === null) {
    throw wrong('its default export is no command: see help extend');
  }
  const { name, run, print, printer } = command;
  if (typeof name !== 'string' || !/^[A-Za-z_][\w-]*$/.test(name))
    throw wrong('a command has no name');
  if (typeof run !== 'function') throw wrong(`${name} has no run()`);
  if (typeof print !== 'function' && typeof printer !== 'function') {
    throw wrong(`${name} has no print()`);
  }
  return {
    group: 'session',
    summary: `added by ${path}`,
    synopsis: '',
    flags: {},
    operands: [],
    reach: EXTENSION_CODE,
    ...command,
    name,
    run,
  } as AnyCommand;
}
