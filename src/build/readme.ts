import type { AnyCommand } from '../session/command/command.ts';
import { OPTIONS, optionUsage } from '../session/program/option-list.ts';

/** The generated parts of README.md, by name: `<!-- NAME -->` to `<!-- end of NAME -->`. */
const PARTS: Readonly<Record<string, (commands: readonly AnyCommand[]) => string>> = {
  options: optionTable,
  commands: commandTable,
};

/** The text with every marked place filled from the declarations. Throws Error when a place is missing. */
export function fillMarked(text: string, commands: readonly AnyCommand[]): string {
  let filled = text;
  for (const [name, part] of Object.entries(PARTS)) {
    const place = new RegExp(`(<!-- ${name}[^>]*-->\\n)[\\s\\S]*?(<!-- end of ${name} -->)`);
    if (!place.test(filled)) throw new Error(`README.md has no place for: ${name}`);
    filled = filled.replace(place, (_, head: string, end: string) => {
      return `${head}${part(commands)}\n${end}`;
    });
  }
  return filled;
}

const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/</g, '&lt;');

function optionTable(): string {
  const rows = OPTIONS.filter(({ hidden }) => !hidden).map((option) => {
    return `| \`${optionUsage(option).trim()}\` | ${cell(option.help)} |`;
  });
  return ['| option | meaning |', '| --- | --- |', ...rows].join('\n');
}

const GROUPS: readonly (readonly [AnyCommand['group'], string])[] = [
  ['task', 'tasks'],
  ['memory', 'memory'],
  ['symbol', 'symbols, types, code'],
  ['kernel', 'the kernel'],
  ['system', 'the system'],
  ['session', 'the session'],
];

/** Groups in the order above, names in the order of the alphabet. */
function commandTable(commands: readonly AnyCommand[]): string {
  const rows = GROUPS.flatMap(([group, title]) =>
    commands
      .filter((command) => command.group === group)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(
        ({ name, summary }, row) =>
          `| ${row === 0 ? title : ''} | \`${name}\` | ${cell(summary)} |`,
      ),
  );
  return ['| about | command | |', '| --- | --- | --- |', ...rows].join('\n');
}
