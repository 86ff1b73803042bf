import { extensionApi } from '../src/extension-api.ts';
import { CommandError, defineCommand } from '../src/session/command/command.ts';
import {
  availableExtensions,
  extensionsOf,
  findExtension,
  loadExtension,
} from '../src/session/script/extensions.ts';
import { LOADS_CODE } from '../src/session/state/confinement.ts';

type ExtendRecord =
  /** A loaded extension. */
  | {
      readonly kind: 'extensions';
      readonly extensions: readonly {
        readonly path: string;
        readonly commands: readonly string[];
      }[];
    }
  /** A file that was loaded, unloaded, or can be loaded. */
  | { readonly kind: 'loaded' | 'unloaded' | 'available'; readonly path: string };

export default defineCommand({
  name: 'extend',
  group: 'session',
  strings: 'text',
  reach: LOADS_CODE,
  summary: 'extend the crash command set',
  synopsis: '[file ...] | [-u [file ...]] | -s',
  flags: {
    u: { help: 'take the commands of these files away again; of all files when none is named' },
    s: { help: 'show the files that could be loaded' },
    l: { help: 'as -s', hidden: true },
  },
  operands: [
    { name: 'files', kind: 'file', arity: '*', help: 'a .js or .ts file that holds commands' },
  ],
  help: [
    'Adds commands from a file of JavaScript or TypeScript. Its default export is',
    'one command, a list of them, or a function that is given the same parts that',
    'the built-in commands are made of, and returns one. An example, threads.js:',
    '',
    '  export default ({ taskTable, defineCommand }) => defineCommand({',
    "    name: 'threads',",
    "    summary: 'processes by their number of threads',",
    '    *run(_, { target }) {',
    '      const groups = new Map();',
    '      for (const task of taskTable(target).tasks)',
    '        groups.set(task.tgid, [...(groups.get(task.tgid) ?? []), task]);',
    '      for (const [tgid, tasks] of groups) yield { tgid, tasks: tasks.length };',
    '    },',
    '    print({ tgid, tasks }, out) {',
    "      out.line(tgid + ': ' + tasks);",
    '    },',
    '  });',
    '',
    'After extend threads.js the command threads is there, with pipes and help.',
    'Files are looked for here, in the folders that TSCRASH_EXTENSIONS and',
    'CRASH_EXTENSIONS name, and in ./extensions. TypeScript needs a Node.js that',
    'reads it (22.18 or later), or esbuild installed beside the file.',
    '',
    'An extension runs with your rights: load only what you trust.',
  ].join('\n'),
  examples: [{ run: 'extend ./threads.js', on: '', shows: 'adds the commands of a file' }],

  *run({ flags, operands }, context): Generator<ExtendRecord> {
    const { session } = context;
    const loaded = extensionsOf(session);
    const names = operands.files.words;
    if (flags.s || flags.l) {
      for (const path of availableExtensions()) yield { kind: 'available', path };
    } else if (flags.u) {
      for (const name of names.length > 0 ? names : [...loaded.keys()]) {
        const found = [...loaded.values()].find(
          ({ path }) => path === name || path === `./${name}`,
        );
        if (!found) throw new CommandError(`${name}: not loaded`);
        for (const { name: command } of found.commands) context.remove(command);
        loaded.delete(found.path);
        yield { kind: 'unloaded', path: found.path };
      }
    } else if (names.length > 0) {
      for (const name of names) {
        const path = findExtension(name);
        if (loaded.has(path)) throw new CommandError(`${path}: already loaded`);
        const commands = loadExtension(path, extensionApi);
        for (const command of commands) {
          if (context.commands.has(command.name)) {
            throw new CommandError(`${path}: there is a command ${command.name} already`);
          }
        }
        for (const command of commands) context.add(command);
        loaded.set(path, { path, commands });
        yield { kind: 'loaded', path };
      }
    } else if (loaded.size > 0) {
      const extensions = Array.from(loaded.values(), ({ path, commands }) => ({
        path,
        commands: commands.map(({ name }) => name),
      }));
      yield { kind: 'extensions', extensions };
    }
  },

  print(record: ExtendRecord, out) {
    if (record.kind === 'extensions') {
      const { extensions } = record;
      const width = Math.max('EXTENSION'.length, ...extensions.map(({ path }) => path.length));
      out.line(`${'EXTENSION'.padEnd(width)}  COMMANDS`);
      for (const { path, commands } of extensions) {
        out.line(`${path.padEnd(width)}  ${commands.join(' ')}`);
      }
    } else if (record.kind === 'available') out.line(record.path);
    else out.line(`${record.path}: extension ${record.kind}`);
  },
});
