import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type OutputFile, type Plugin } from 'esbuild';

/**
 * Builds dist/: `tscrash.js` (the executable, a few lines), and chunks that are loaded on demand. A script run reads
 * the entry, the session and the first few commands; the others, the terminal (ink, react) and the disassembler
 * (iced-x86, WebAssembly) stay on disk until they are needed.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const dist = join(root, 'dist');
/** Milliseconds that chunks of an older build are kept, for processes that may still load them. */
const STALE_MS = 60_000;
/** Packages that are not bundled but read on demand: the files of each, and its licence. */
const BESIDE = {
  'iced-x86': ['package.json', 'iced_x86.js', 'iced_x86_bg.wasm', 'LICENSE.txt'],
  zstddec: ['package.json', 'dist/zstddec.mjs', 'LICENSE'],
};
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Ink requires the React devtools when DEV is set; the bundle must not fail without them. */
const withoutDevtools: Plugin = {
  name: 'without-devtools',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'none', namespace: 'devtools' }));
    onLoad({ filter: /.*/, namespace: 'devtools' }, () => ({
      contents: 'export default { initialize() {}, connectToDevTools() {} };',
    }));
  },
};

/** Ink prints one frame only when CI is set in the environment; lab hosts do set it. */
const neverInCi: Plugin = {
  name: 'never-in-ci',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^is-in-ci$/ }, () => ({ path: 'none', namespace: 'ci' }));
    onLoad({ filter: /.*/, namespace: 'ci' }, () => ({ contents: 'export default false;' }));
  },
};

const result = await build({
  // Written below, since a process may be running the last build.
  write: false,
  absWorkingDir: root,
  entryPoints: { tscrash: 'src/cli.ts', library: 'src/library.ts' },
  outdir: dist,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Names stay readable: a stack trace in a bug report is worth more than the bytes.
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: false,
  legalComments: 'none',
  // Loaded with `require` at run time by the disassembler: it is CommonJS and reads its .wasm itself.
  external: ['iced-x86'],
  jsx: 'automatic',
  define: {
    'process.env.NODE_ENV': '"production"',
    TSCRASH_VERSION: JSON.stringify(version),
  },
  banner: {
    // CommonJS packages inside the bundle call require() for builtins. The long name cannot collide.
    js: "import{createRequire as tscrashCreateRequireForBundledPackages}from'node:module';const require=tscrashCreateRequireForBundledPackages(import.meta.url);",
  },
  plugins: [withoutDevtools, neverInCi],
  logLevel: 'warning',
});
writeAll(result.outputFiles);
copyPackages();

/** Chunks first and the entry last, each in one step; then files that this build has not written are removed. */
function writeAll(files: readonly OutputFile[]): void {
  const entry = join(dist, 'tscrash.js');
  const chunks = join(dist, 'chunks');
  mkdirSync(chunks, { recursive: true });
  for (const { path, contents } of [...files].sort((a) => (a.path === entry ? 1 : -1))) {
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, contents, { mode: path === entry ? 0o755 : 0o644 });
    renameSync(draft, path);
  }
  const written = new Set(files.map(({ path }) => path));
  for (const name of readdirSync(chunks)) {
    const path = join(chunks, name);
    if (!written.has(path) && Date.now() - statSync(path).mtimeMs > STALE_MS) rmSync(path);
  }
}

/** Puts packages beside the chunks, so that a copied dist/ works without node_modules. */
function copyPackages(): void {
  for (const [name, files] of Object.entries(BESIDE)) {
    const from = join(root, 'node_modules', name);
    const to = join(dist, 'node_modules', name);
    for (const file of files) {
      mkdirSync(dirname(join(to, file)), { recursive: true });
      copyFileSync(join(from, file), join(to, file));
    }
  }
}
