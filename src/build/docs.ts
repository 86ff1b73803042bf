import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commands } from '../../commands/index.ts';
import { apiPage } from './api-page.ts';
import { jsonForms, jsonPage, jsonSchema } from './json-page.ts';
import { fillMarked } from './readme.ts';
import { recordSchemas } from './record-schemas.ts';

/** `npm run docs`: writes the generated documents, and the generated parts of README.md, anew. */
const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const read = (name: string): string => readFileSync(path(name), 'utf8');

writeFileSync(path('README.md'), fillMarked(read('README.md'), commands));
writeFileSync(path('docs/api.md'), apiPage(read('src/extension-api.ts'), read('src/library.ts')));

const records = recordSchemas(path(''));
writeFileSync(path('src/session/run/json-forms.ts'), jsonForms(records));
writeFileSync(path('docs/json.md'), jsonPage(records));
writeFileSync(path('docs/json.schema.json'), `${JSON.stringify(jsonSchema(records), null, 1)}\n`);
