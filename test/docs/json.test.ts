import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { jsonForms, jsonPage, jsonSchema } from '../../src/build/json-page.ts';
import { type RecordSchemas, recordSchemas } from '../../src/build/record-schemas.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const text = (name: string): string => readFileSync(path(name), 'utf8');

describe('what is made from the types of the records; if not, run "npm run docs"', () => {
  let schemas: RecordSchemas;
  beforeAll(() => {
    schemas = recordSchemas(path(''));
  }, 300_000);

  test('docs/json.md', () => {
    expect(text('docs/json.md')).toBe(jsonPage(schemas));
  });
  test('docs/json.schema.json', () => {
    expect(JSON.parse(text('docs/json.schema.json'))).toEqual(
      JSON.parse(JSON.stringify(jsonSchema(schemas))),
    );
  });
  test('the quantities among the bigints of the records', () => {
    expect(text('src/session/run/json-forms.ts')).toBe(jsonForms(schemas));
  });
  test('nothing of presentation', () => {
    const names = ['first', 'titled', 'prefix', 'style', 'header', 'apart'];
    const all = JSON.stringify([...schemas.commands]);
    for (const name of names) expect(all).not.toContain(`"${name}":`);
  });
});
