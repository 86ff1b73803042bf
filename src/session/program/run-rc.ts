import { displayName, escapeText } from '../../output/text/escape.ts';
import type { Shell } from '../run/shell.ts';
import type { ProgramOptions } from './options.ts';
import { homeRc, localRc, namedRc, type RcFile } from './rc.ts';

/** Tells on stderr, in one line, what a script's user must know and no answer says. */
export const complain = (warning: string): boolean =>
  process.stderr.write(`tscrash: WARNING: ${escapeText(warning)}\n`);

/**
 * Runs ~/.tscrashrc or the file of --rc, and then that of the current folder where the first declares the folder safe. Their
 * failures are told and are not those of the lines that were asked for. A script of `-s -c` never runs the second.
 */
export async function runRcFiles(shell: Shell, options: ProgramOptions): Promise<void> {
  const uid = process.getuid?.() ?? 0;
  const home = process.env.HOME;
  const run = async (file: RcFile | undefined): Promise<void> => {
    if (!file || shell.session.leaving) return;
    const { path, refused } = file;
    if (refused === undefined) await shell.guard(() => shell.runFile(path, { quiet: true }));
    else complain(`not using file "${displayName(path)}": ${refused}`);
  };
  const { rcFile } = options;
  await run(rcFile === undefined ? homeRc(home, uid) : namedRc(rcFile, uid));
  if (options.silent && options.lines.length > 0) return;
  await run(localRc(currentFolder(), home, uid, shell.session.settings['safe-path']));
}

/** The current folder; undefined when it was removed. */
function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    // uv_cwd says ENOENT.
    return undefined;
  }
}
