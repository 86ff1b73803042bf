import { readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Commands import one module, src/api.ts, which exports from a hundred others. To a bundler that splits code, whoever
 * imports it needs all of them; so here each name is imported from where it is made. What a command does not use
 * then stays out of the chunks that it loads.
 */
export function pastTheBarrel(root: string): Plugin {
  const api = join(root, 'src', 'api.ts');
  return {
    name: 'past-the-barrel',
    setup({ onLoad }) {
      const homes = homesOf(api);
      onLoad({ filter: /[\\/]commands[\\/].*\.ts$/ }, ({ path }) => ({
        contents: readFileSync(path, 'utf8').replace(
          /^import \{([^}]*)\} from '[./]*\/src\/api\.ts';$/gm,
          (_, names: string) => importsOf(names, homes, dirname(path)),
        ),
        loader: 'ts',
      }));
    },
  };
}

/** The file that each name of a barrel comes from, and its name there. */
function homesOf(barrel: string): Map<string, { path: string; name: string }> {
  const homes = new Map<string, { path: string; name: string }>();
  const text = readFileSync(barrel, 'utf8');
  for (const [, names = '', from = ''] of text.matchAll(
    /^export (?:type )?\{([^}]*)\} from '([^']*)';$/gm,
  )) {
    const path = join(dirname(barrel), from);
    for (const { name, as } of namesIn(names)) homes.set(as, { path, name });
  }
  for (const [, from = ''] of text.matchAll(/^export \* from '([^']*)';$/gm)) {
    const path = join(dirname(barrel), from);
    const made = /^export (?:const|(?:abstract )?class|function\*?|type|interface) (\w+)/gm;
    for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(made)) {
      homes.set(name, { path, name });
    }
  }
  return homes;
}

function importsOf(names: string, homes: ReturnType<typeof homesOf>, folder: string): string {
  const lines = namesIn(names).map(({ name, as, isType }) => {
    const home = homes.get(name);
    if (!home) throw new Error(`src/api.ts has no ${name}`);
    const from = relative(folder, home.path).split(sep).join('/');
    return `import ${isType ? 'type ' : ''}{ ${home.name} as ${as} } from '${from}';`;
  });
  return lines.join(' ');
}

/** `a, type B, c as d` of an import or export. */
const namesIn = (list: string): { name: string; as: string; isType: boolean }[] =>
  list
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => {
      const [name = '', as = name] = each.replace(/^type /, '').split(/ as /);
      return { name, as, isType: each.startsWith('type ') };
    });
