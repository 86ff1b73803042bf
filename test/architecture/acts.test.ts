import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Files that can read or write files, run programs and code, or open connections, and why a guest of a shared session cannot
 * reach any of that through them: the check that stands before it, or who alone calls it.
 */
const ACTS: Readonly<Record<string, string>> = {
  'src/arch/x86/disassembler.ts': 'loads the code of its own library',
  'src/base/files.ts': 'opens for the callers that are listed here',
  'src/debuginfo/names/index-cache.ts': 'the cache of the owner, by the build id of his own file',
  'src/dump/source.ts': 'opens what the command line names',
  'src/dump/zstd.ts': 'reads the code of its own library',
  'src/session/completion/providers.ts': 'names of files, at the keyboard of the one who types',
  'src/session/line/input.ts': 'shell: READS_FILE, before < and runFile',
  'src/session/program/program.ts': 'the command line',
  'src/session/program/rc.ts': 'the command line',
  'src/session/program/samples.ts': 'the command line',
  'src/session/program/stdin.ts': 'the command line',
  'src/session/program/verdict.ts': 'starts the program itself, without a line of anybody',
  'src/session/run/text-out.ts': 'errorPlace: WRITES_FILE, before the file of set error',
  'src/session/script/extensions.ts': 'extend: LOADS_CODE',
  'src/session/script/script.ts': 'js: RUNS_JAVASCRIPT',
  'src/session/sinks/pipe.ts': 'outlets: RUNS_PROGRAM; external-pager: RUNS_PROGRAM',
  'src/session/sinks/raw-copy.ts': 'rd -r: WRITES_FILE',
  'src/session/sinks/sinks.ts': 'outlets: WRITES_FILE, before > and >>',
  'src/session/sinks/spool.ts': 'files of its own, without a name',
  'src/session/sinks/text-file.ts': 'waits -d: WRITES_FILE',
  'src/session/state/external-pager.ts': 'RUNS_PROGRAM',
  'src/session/state/settings.ts': 'set error: WRITES_FILE',
  'src/session/transcript/transcript.ts':
    'transcript and export: WRITES_ANSWERS; replay: READS_TRANSCRIPT',
  'src/share/unix.ts': 'share: OF_SESSION',
  'src/shared/rule-files.ts': 'the rules of the owner, read for every analysis',
  'src/shared/seen-file.ts': 'analyze --seen: WRITES_FILE',
  'src/ui/history/store.ts': 'the lines that the owner has typed',
  'src/ui/term/keyboard.ts': 'the terminal',
  'src/ui/term/modes.ts': 'the terminal',
};

const REACHING =
  /(?:from|import\(|getBuiltinModule\()\s*'node:(?:fs|fs\/promises|child_process|vm|net|tls|http|https|dgram|worker_threads|module)'/;

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

test('every file that can reach beyond the dump is listed with the check that stands before the act', () => {
  const found = ['src', 'commands']
    .flatMap((folder) => [...sources(join(root, folder))])
    .filter((path) => REACHING.test(readFileSync(path, 'utf8')))
    .map((path) => relative(root, path))
    .filter((path) => !path.startsWith('src/build/'));
  expect(found.sort()).toEqual(Object.keys(ACTS).sort());
});
