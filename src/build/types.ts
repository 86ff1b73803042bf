import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * Writes dist/types/: the declarations that src/library.ts needs, and no others. package.json points there, so that
 * `import { open } from 'tscrash'` is typed.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const out = join(root, 'dist', 'types');
const entry = join(root, 'src', 'library.ts');

const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram([entry], {
  ...options,
  noEmit: false,
  declaration: true,
  emitDeclarationOnly: true,
  outDir: out,
  rootDir: root,
});

const written = new Map<string, string>();
program.emit(undefined, (path, text) => void written.set(path, text));
const needed = reachable(join(out, 'src', 'library.d.ts'));
const errors = ts
  .getPreEmitDiagnostics(program)
  .filter(({ file }) => file && needed.has(declarationOf(file.fileName)));
if (errors.length > 0) {
  process.stderr.write(
    ts.formatDiagnostics(errors, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => root,
      getNewLine: () => '\n',
    }),
  );
  process.exitCode = 1;
} else {
  rmSync(out, { recursive: true, force: true });
  for (const path of needed) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, written.get(path) ?? '');
  }
}

function declarationOf(source: string): string {
  return join(out, relative(root, source)).replace(/\.ts$/, '.d.ts');
}

/** The declarations that one depends on, itself first. */
function reachable(first: string): ReadonlySet<string> {
  const found = new Set([first]);
  for (const path of found) {
    const text = written.get(path);
    if (text === undefined) throw new Error(`no declarations for ${relative(out, path)}`);
    for (const { fileName } of ts.preProcessFile(text).importedFiles) {
      if (fileName.startsWith('.'))
        found.add(join(dirname(path), fileName.replace(/\.ts$/, '.d.ts')));
    }
  }
  return found;
}
