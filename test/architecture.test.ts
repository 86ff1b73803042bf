import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commands } from '../commands/index.ts';
import { innerRoom, LAYERS, MOST_FILES, ROOMS } from './architecture/rooms.ts';

/**
 * The layers of the house. A file may import from its own room and from the rooms listed for it; a
 * failing test names the file, the import and the reason.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const MAY_TOUCH_PROCESS = new Set(['cli', 'ui', 'session', 'share', 'build']);
const MAY_IMPORT_INK = new Set(['ui']);
/** Files among the commands that are none: lists of them. */
const LISTS = new Set(['index.ts', 'preloaded.ts']);
const SOFT_LINES = 300;
const HARD_LINES = 450;
/** Files above the soft cap, with the reason; the list is meant to shrink. */
const LONG_FILES: Record<string, string> = {
  'src/extension-api.ts': 'a list of names, one export after the other: it has no parts',
};

/** Lines, the formatter's one-name-a-line lists of imports aside: what a reader has to hold in the head. */
const codeLines = (text: string): number =>
  text.replace(/^import (type )?\{[^}]*\} from '[^']*';\n/gm, '').split('\n').length - 1;

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly code: string;
  readonly imports: readonly { readonly from: string; readonly lazy: boolean }[];
}

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

/** `src/dump/elf.ts` is in the room dump, `src/cli.ts` in cli, `commands/bt.ts` in commands. */
function roomOf(path: string): string {
  const parts = relative(root, path).split(sep);
  return parts[0] === 'src' ? basename(parts[1] ?? '', '.ts') : (parts[0] ?? '');
}

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`\\])\/\/.*$/gm, '$1');

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'";]*?from\s*['"]([^'"]+)['"]|import\s*\(\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;

function read(path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const code = withoutComments(text);
  const imports = [...code.matchAll(IMPORT)].map((m) => ({
    from: m[1] ?? m[2] ?? m[3] ?? '',
    lazy: m[2] !== undefined,
  }));
  return { path: relative(root, path), room: roomOf(path), text, code, imports };
}

const files = ['src', 'commands'].flatMap((folder) => [...sources(join(root, folder))]).map(read);
const target = (file: SourceFile, from: string): string => join(root, dirname(file.path), from);

describe('the layers', () => {
  test('every folder of src is a room with a place in the order', () => {
    expect(files.filter((f) => !(f.room in LAYERS)).map((f) => f.path)).toEqual([]);
  });

  test('a file imports only from its own room and from the rooms below it', () => {
    const wrong: string[] = [];
    for (const file of files) {
      for (const { from } of file.imports) {
        if (!from.startsWith('.')) continue;
        const room = roomOf(target(file, from));
        if (room === file.room || LAYERS[file.room]?.includes(room)) continue;
        wrong.push(
          `${file.path} imports ${from}: ${file.room} may use ${LAYERS[file.room]?.join(', ') || 'nothing'}`,
        );
      }
    }
    expect(wrong).toEqual([]);
  });

  test('a relative import names a file that exists, with its extension', () => {
    const wrong = files.flatMap((file) =>
      file.imports
        .filter(({ from }) => from.startsWith('.') && !existsSync(target(file, from)))
        .map(({ from }) => `${file.path} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  test('no file is part of an import cycle, type imports included', () => {
    const edges = new Map(
      files.map((f) => [
        f.path,
        f.imports
          .filter((i) => i.from.startsWith('.'))
          .map((i) => relative(root, target(f, i.from))),
      ]),
    );
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === 'done') return;
      if (state.get(path) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
        return;
      }
      state.set(path, 'open');
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
      state.set(path, 'done');
    };
    for (const path of edges.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });

  test('a room imports only from the rooms of its layer that are listed for it', () => {
    const wrong: string[] = [];
    for (const file of files) {
      const from = innerRoom(file.path);
      for (const each of from ? file.imports : []) {
        if (!each.from.startsWith('.')) continue;
        const to = innerRoom(relative(root, target(file, each.from)));
        if (!from || to?.layer !== from.layer || to.room === from.room) continue;
        const may = ROOMS[from.layer]?.[from.room];
        if (may?.includes(to.room)) continue;
        wrong.push(
          `${file.path} imports ${each.from}: ${from.room} may use ${may?.join(', ') ?? 'nothing, it is on no list'}`,
        );
      }
    }
    expect(wrong).toEqual([]);
  });

  test('no room is part of a circle of rooms', () => {
    for (const rooms of Object.values(ROOMS)) {
      const done = new Set<string>();
      const visit = (room: string, trail: readonly string[]): void => {
        expect(trail, `${[...trail, room].join(' -> ')}`).not.toContain(room);
        if (done.has(room)) return;
        for (const next of rooms[room] ?? []) visit(next, [...trail, room]);
        done.add(room);
      };
      for (const room of Object.keys(rooms)) visit(room, []);
    }
  });

  test('a room uses every room of its list', () => {
    const used = new Set<string>();
    for (const file of files) {
      const from = innerRoom(file.path);
      for (const { from: spec } of from ? file.imports : []) {
        const to = spec.startsWith('.') && innerRoom(relative(root, target(file, spec)));
        if (from && to && to.layer === from.layer) used.add(`${from.room} ${to.room}`);
      }
    }
    const unused = Object.values(ROOMS).flatMap((rooms) =>
      Object.entries(rooms).flatMap(([room, may]) =>
        may.filter((other) => !used.has(`${room} ${other}`)).map((other) => `${room} -> ${other}`),
      ),
    );
    expect(unused).toEqual([]);
  });

  test('a command imports from src and parts of its own, never from another command', () => {
    // A large command may keep parts in a folder of its name: commands/kmem.ts and commands/kmem/*.ts.
    const own = (file: SourceFile, from: string): boolean => {
      const name = file.path.split(sep)[1]?.replace(/\.ts$/, '');
      return relative(root, target(file, from)).startsWith(join('commands', `${name}`) + sep);
    };
    const inSource = (file: SourceFile, from: string): boolean =>
      relative(root, target(file, from)).startsWith(`src${sep}`);
    const wrong = files
      .filter((f) => f.room === 'commands' && !LISTS.has(basename(f.path)))
      .flatMap((f) =>
        f.imports
          .filter(({ from }) => !inSource(f, from) && !own(f, from))
          .map(({ from }) => `${f.path} imports ${from}`),
      );
    expect(wrong).toEqual([]);
  });

  test('ink and react live in src/ui, which is only ever imported lazily', () => {
    const wrong: string[] = [];
    for (const file of files) {
      for (const { from, lazy } of file.imports) {
        const ink = /^(ink|react)(\/|$)/.test(from);
        if (ink && !MAY_IMPORT_INK.has(file.room)) wrong.push(`${file.path} imports ${from}`);
        if (
          !lazy &&
          file.room !== 'ui' &&
          from.startsWith('.') &&
          roomOf(target(file, from)) === 'ui'
        ) {
          wrong.push(
            `${file.path} loads ${from} at start: a script run must not pay for the terminal`,
          );
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('files are opened for a dump by openSource alone', () => {
    const below = new Set([
      'base',
      'dump',
      'arch',
      'memory',
      'symbols',
      'types',
      'unwind',
      'kernel',
    ]);
    const allowed: Record<string, string> = {
      'src/dump/source.ts': 'openSource',
      'src/base/files.ts': 'opens inputs, histories and outputs, which are no dumps',
      'src/dump/zstd.ts': 'reads the code of its decoder, which is no part of a dump',
    };
    const wrong = files
      .filter((f) => below.has(f.room) && !(f.path in allowed))
      .filter((f) => f.imports.some(({ from }) => /^(node:)?fs\b/.test(from)))
      .map((f) => f.path);
    expect(wrong).toEqual([]);
  });

  test('process and console are touched only where the program meets its surroundings', () => {
    const wrong = files
      .filter((f) => !MAY_TOUCH_PROCESS.has(f.room))
      .filter((f) =>
        /\b(process|console)\s*\.\s*\w/.test(f.code.replace(/(['"`])(?:\\.|(?!\1).)*\1/g, '""')),
      )
      .map((f) => f.path);
    expect(wrong).toEqual([]);
  });
});

describe('the files', () => {
  test(`a file has at most ${HARD_LINES} lines, and more than ${SOFT_LINES} only with a reason`, () => {
    const long = files
      .map((f) => ({ path: f.path, lines: codeLines(f.text) }))
      .filter((f) => f.lines > HARD_LINES || (f.lines > SOFT_LINES && !(f.path in LONG_FILES)));
    expect(long).toEqual([]);
  });

  test(`a room has at most ${MOST_FILES} files, and says in its README what belongs there`, () => {
    const rooms = new Map<string, number>();
    for (const { path } of files) {
      const folder = dirname(path);
      if (folder !== 'src') rooms.set(folder, (rooms.get(folder) ?? 0) + 1);
    }
    // The commands are one a file; their list is the index.
    const full = [...rooms].filter(
      ([folder, count]) => folder !== 'commands' && count > MOST_FILES,
    );
    expect(full).toEqual([]);
    const silent = [...rooms.keys()].filter(
      // The parts of one command are told of in that command's file.
      (folder) => !/^commands./.test(folder) && !existsSync(join(root, folder, 'README.md')),
    );
    expect(silent).toEqual([]);
  });

  test('the files that READMEs of rooms name are there', () => {
    const wrong: string[] = [];
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
      const path = join(root, folder, 'README.md');
      if (!existsSync(path)) continue;
      for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(/`([\w/-]+\.tsx?)`/g)) {
        const places = [join(root, folder, name), join(root, 'src', name), join(root, name)];
        const beside = join(root, folder, '..', name);
        if (![...places, beside].some((place) => existsSync(place)))
          wrong.push(`${folder}: ${name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('the README of a room names what it may import as the list of rooms does', () => {
    const wrong: string[] = [];
    for (const [layer, rooms] of Object.entries(ROOMS)) {
      for (const [room, may] of Object.entries(rooms)) {
        const path = join(root, 'src', layer, room, 'README.md');
        if (!existsSync(path)) continue;
        const said = /^May import: (.*)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
        const own = said.match(new RegExp(`\\b${layer}/[\\w/-]+`, 'g')) ?? [];
        const listed = may.map((other) => `${layer}/${other}`);
        if ([...own].sort().join() !== [...listed].sort().join()) {
          wrong.push(`src/${layer}/${room}/README.md: May import: ${listed.join(', ')}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('file names are kebab-case', () => {
    expect(
      files.map((f) => basename(f.path)).filter((n) => !/^[a-z0-9]+(-[a-z0-9]+)*\.tsx?$/.test(n)),
    ).toEqual([]);
  });

  test('nothing names a machine, an architecture or a kernel version in commands', () => {
    const word =
      /\b(x86_64|x86-64|arm64|aarch64|amd64|i386|s390x?|ppc64(le)?|riscv64)\b|\bv?[2-7]\.\d{1,2}(\.\d+)?\b(?!\s*(GB|MB|KB|%|secs))/;
    const wrong = files
      .filter((f) => f.room === 'commands')
      .flatMap((f) =>
        // Help and examples may speak of kernels; code may not ask which one it is.
        f.code
          .replace(/(['"`])(?:\\.|(?!\1)[\s\S])*?\1/g, '""')
          .split('\n')
          .filter((line) => word.test(line))
          .map((line) => `${f.path}: ${line.trim()}`),
      );
    expect(wrong).toEqual([]);
  });
});

describe('the architectures', () => {
  const ofKernel = files.filter(
    ({ path }) => path.startsWith('src/kernel/') && !path.startsWith('src/kernel/arch/'),
  );
  const linesWith = (among: readonly SourceFile[], pattern: RegExp): string[] =>
    among.flatMap(({ path, code }) =>
      code
        .split('\n')
        .filter((line) => pattern.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );

  test('no code of src/kernel outside src/kernel/arch names an architecture: comments may cite a path', () => {
    expect(linesWith(ofKernel, /x86|i386|amd64|arm64|aarch64/i)).toEqual([]);
  });

  test('nothing above src/arch asks how wide a pointer is, or how many levels there are, to tell machines apart', () => {
    const above = files.filter(
      ({ path, room }) =>
        !['arch', 'memory', 'dump'].includes(room) && !path.startsWith('src/kernel/arch/'),
    );
    const asked = /(pointerSize|wordSize)\s*([=!]==|[<>?])|levels\.length|arch\.name\s*[=!]==/;
    expect(linesWith(above, asked)).toEqual([]);
  });

  test('src/kernel asks the target how large a page is: no 4096 but in a constant that says what it is', () => {
    const page = /\b(?:4096n?|4095n?|0xfffn?|12n)\b/;
    const constant = /^\s*(?:export )?const MAX_[A-Z_]+ = 4096n?;/;
    expect(
      linesWith(ofKernel, page).filter((line) => !constant.test(line.split(': ')[1] ?? '')),
    ).toEqual([]);
  });

  test('no architecture is chosen where none was said', () => {
    expect(
      linesWith(
        files,
        /\?\?\s*['"](?:x86_64|i386)['"]|pointerSize: 4 \| 8 = |pointerSize \?\? [48]/,
      ),
    ).toEqual([]);
  });
});

describe('the commands', () => {
  // `*` cannot be a file name, so it lives in star.ts; `exit` and `q` are one command.
  const FILE_OF: Record<string, string> = { '*': 'star' };

  test('every command is in the file of its name, and every file is in the list', () => {
    const listed = commands.map((c) => `${FILE_OF[c.name] ?? c.name}.ts`).sort();
    const present = readdirSync(join(root, 'commands'))
      .filter((n) => n.endsWith('.ts') && !LISTS.has(n))
      .sort();
    expect(listed).toEqual(present);
  });

  test('every command says what it does and how it is used', () => {
    const wrong = commands.filter(
      (c) => !c.summary || /[.\n]$/.test(c.summary) || c.synopsis === undefined,
    );
    expect(wrong.map((c) => c.name)).toEqual([]);
  });

  test.each(commands.map((c) => [c.name, c] as const))(
    'every flag and operand of %s has help, on one line, without a full stop',
    (_, command) => {
      const helps = [
        ...Object.entries(command.flags).map(([letter, flag]) => [`-${letter}`, flag.help]),
        ...command.operands.map((o) => [o.name, o.help]),
      ];
      expect(helps.filter(([, help]) => !help || /[.\n]$/.test(help))).toEqual([]);
    },
  );

  test.each(commands.map((c) => [c.name, c] as const))(
    'the exclusions of %s name flags that it has',
    (_, command) => {
      const unknown = Object.values(command.flags)
        .flatMap((f) => f.excludes ?? [])
        .filter((l) => !(l in command.flags));
      expect(unknown).toEqual([]);
    },
  );

  test('long help fits 80 columns with its indent', () => {
    const wide = commands.flatMap((c) =>
      (c.help ?? '')
        .split('\n')
        .filter((l) => l.length > 78)
        .map((l) => `${c.name}: ${l}`),
    );
    expect(wide).toEqual([]);
  });
});
