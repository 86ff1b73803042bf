import type { RecordSchemas, Schema } from './record-schemas.ts';

/** The module that says which members of a command's records are quantities. */
export function jsonForms({ forms }: RecordSchemas): string {
  const rows = [...forms].sort(byName).flatMap(([command, members]) => {
    const quantities = [...members].filter(([, form]) => form === 'quantity').map(([name]) => name);
    return quantities.length === 0 ? [] : [row(command, quantities.sort().join(' '))];
  });
  return [
    '// Made by `npm run docs` from the types of the records.\n',
    '/** By command: members that hold a bigint which is a quantity, neither an address nor a pattern of bits. */',
    'export const QUANTITIES: Readonly<Record<string, string>> = {',
    ...rows,
    '};\n',
  ].join('\n');
}

/** As the formatter has it: a longer line is broken. */
function row(command: string, names: string): string {
  const key = /^\w+$/.test(command) ? command : `'${command}'`;
  const line = `  ${key}: '${names}',`;
  return line.length <= 100 ? line : `  ${key}:\n    '${names}',`;
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

const TEXT = { type: 'string' } as const;
const COMMAND = { description: 'The command.', ...TEXT } as const;
/** Lines that are no record of a command. */
const OTHERS: readonly (readonly [string, string, Readonly<Record<string, Schema>>])[] = [
  ['Error', 'What went wrong; the command failed.', { error: TEXT }],
  ['Usage', 'The words of a line were not understood.', { error: { const: 'usage' }, usage: TEXT }],
  ['Warning', 'Something that may be wrong with the answer.', { warning: TEXT }],
  ['Note', 'Something to know about the answer.', { note: TEXT }],
  ['Message', 'What the command says in words, where there is no record.', { message: TEXT }],
];

const BITS = { type: 'string', pattern: '^0x[0-9a-f]+$' } as const;
/** src/base/problem.ts */
const PROBLEM: Schema = {
  description: 'What is wrong with the dump, as data.',
  anyOf: [
    members({
      kind: { const: 'read' },
      space: { enum: ['kernel', 'user', 'physical', 'file'] },
      address: BITS,
      reason: TEXT,
    }),
    members({ kind: { const: 'missing' }, what: TEXT, name: TEXT }),
    members({ kind: { const: 'corrupt' }, address: BITS }, ['kind']),
    members(
      {
        kind: { const: 'lost' },
        what: TEXT,
        count: { type: 'number' },
        address: BITS,
        reason: TEXT,
      },
      ['kind', 'what', 'reason'],
    ),
  ],
};

function members(
  properties: Readonly<Record<string, Schema>>,
  required = Object.keys(properties),
): Schema {
  return { type: 'object', properties, required, additionalProperties: false };
}

const exactly = (description: string, properties: Readonly<Record<string, Schema>>): Schema => ({
  description,
  ...members(
    properties,
    Object.keys(properties).filter((name) => name !== 'foreach' && name !== 'problem'),
  ),
});

const FOREACH: Schema = exactly('The task that foreach ran the command for.', {
  pid: { type: 'number' },
  task: { type: 'string', pattern: '^0x[0-9a-f]+$' },
});

/** One JSON Schema for a line of `--json`; the records of a command are `$defs/records/NAME`. */
export function jsonSchema({ commands, definitions }: RecordSchemas): object {
  const foreach: Schema = { $ref: '#/$defs/Foreach' };
  const others = OTHERS.map(([name, description, own]) => [
    name,
    exactly(description, {
      command: COMMAND,
      foreach,
      ...own,
      problem: { $ref: '#/$defs/Problem' },
    }),
  ]);
  const echo = exactly('A line that runs (--echo).', { command: { const: 'crash' }, line: TEXT });
  const past = exactly('A past line (h).', {
    command: { const: 'h' },
    number: { type: 'number' },
    line: TEXT,
  });
  const records = [...commands].sort(byName);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A line of tscrash --json',
    anyOf: [
      ...records.map(([name]) => ({ $ref: `#/$defs/records/${name}` })),
      ...[...others.map(([name]) => name), 'Echo', 'PastLine'].map((name) => ({
        $ref: `#/$defs/${name}`,
      })),
    ],
    $defs: {
      records: Object.fromEntries(records),
      Foreach: FOREACH,
      Problem: PROBLEM,
      ...Object.fromEntries(others),
      Echo: echo,
      PastLine: past,
      ...Object.fromEntries([...definitions].sort(byName)),
    },
  };
}

const HEAD = `# What \`--json\` prints

Made by \`npm run docs\` from the types of the records; [json.schema.json](json.schema.json) is the same as a JSON Schema
(draft 2020-12), and a test holds every command's real records against it.

One JSON object a line, in UTF-8. Every object has \`command\`, the name of the command that made it; where a command has
several kinds of records each has \`kind\`. There are no titles, no blank lines and nothing that depends on the line before.

- An address, a page-table entry, flags, registers, any pattern of bits: a string, \`"0xffff888000000000"\`.
- A quantity (sizes, counts, times): a number. One that a double does not hold exactly is a string of decimal digits.
- A member that is not known is left out.
- Memory is a string of hexadecimal digits, two for each byte.
- A string of the dump is what its bytes say in UTF-8. A byte that is no part of UTF-8 is written \`\\xNN\`, with lower-case
  digits; where the dump itself has a backslash before \`xNN\`, that backslash is written \`\\x5c\`. To have the bytes back:
  take each \`\\xNN\` for its byte and the rest as UTF-8. In JSON the backslash is doubled, as always.
- Control characters, and invisible ones that turn text around, are written as JSON's \`\\uNNNN\`.
- What went wrong: \`{"command":"vtop","error":"..."}\`, with the exit code as without \`--json\`; \`warning\`, \`note\` and
  \`message\` likewise. Where it is the dump that lacks something a \`problem\` says what, as data:
  \`{"kind":"read","space":"kernel","address":"0x...","reason":"excluded"}\`. The program itself is the command \`crash\`.
- With \`--echo\` each line is told before its answer: \`{"command":"crash","line":"bt -a"}\`.
- A command that \`foreach\` runs prints its own records, each with \`"foreach":{"pid":1,"task":"0x..."}\`; so does \`repeat\`.
- A program after \`!\` or \`|\` prints what it prints.

A value of C (\`struct\`, \`p\`, \`list -s\`, \`task\`) is a tree, \`CValue\` below: \`{"type":"pid_t","value":1}\`. A command of an
extension prints what it yields; it tells no types, so that every bigint is \`"0x..."\`.
`;

/** `docs/json.md`. */
export function jsonPage({ commands, definitions }: RecordSchemas): string {
  const parts = [HEAD, '## Records by command\n'];
  for (const [name, schema] of [...commands].sort(byName)) {
    parts.push(`### ${name === '*' ? '\\*' : name}\n`);
    for (const kind of schema.anyOf ?? [schema]) parts.push(table(kind), '');
  }
  parts.push('## What records are made of\n');
  for (const [name, schema] of [...definitions].sort(byName)) {
    parts.push(`### ${name}\n`);
    if (schema.description) parts.push(`${schema.description}\n`);
    if (schema.properties) parts.push(table(schema), '');
    else
      parts.push(`${(schema.anyOf ?? [schema]).map((one) => `- ${typeText(one)}`).join('\n')}\n`);
  }
  return parts.join('\n');
}

/** A table of the members; those that may be left out have a question mark. */
function table({ properties = {}, required = [] }: Schema): string {
  const rows = Object.entries(properties)
    .filter(([name]) => name !== 'command' && name !== 'foreach')
    .map(([name, schema]) => {
      const optional = required.includes(name) ? '' : '?';
      const text = (schema.description ?? '').replace(/\|/g, '\\|').replace(/</g, '&lt;');
      return `| \`${name}${optional}\` | ${typeText(schema)} | ${text} |`;
    });
  return ['| member | is | |', '| --- | --- | --- |', ...rows].join('\n');
}

function typeText(schema: Schema): string {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return `[${name}](#${name.toLowerCase()})`;
  }
  if ('const' in schema) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((one) => `\`${JSON.stringify(one)}\``).join(' or ');
  if (schema.anyOf) return schema.anyOf.map(typeText).join(' or ');
  if (schema.pattern?.includes('0x')) return 'address or bits';
  if (schema.pattern?.startsWith('^-?[0-9]')) return 'quantity';
  if (schema.pattern) return 'bytes';
  if (schema.type === 'array') return `list of ${typeText(schema.items ?? {})}`;
  if (schema.type === 'object') return objectText(schema);
  return typeof schema.type === 'string' ? schema.type : 'anything';
}

function objectText({ properties, required = [], additionalProperties }: Schema): string {
  if (!properties) {
    const value = typeof additionalProperties === 'object' ? typeText(additionalProperties) : '';
    return `object: ${value} by name`;
  }
  const all = Object.entries(properties).map(([name, schema]) => {
    return `\`${name}${required.includes(name) ? '' : '?'}\`: ${typeText(schema)}`;
  });
  return `{ ${all.join(', ')} }`;
}
