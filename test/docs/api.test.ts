import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { apiPage } from '../../src/build/api-page.ts';
import { extensionApi } from '../../src/extension-api.ts';
import { CrashDump } from '../../src/library.ts';

const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8');
const page = read('docs/api.md');

describe('docs/api.md', () => {
  test('is made from the source; if it is not, run "npm run docs"', () => {
    expect(page).toBe(apiPage(read('src/extension-api.ts'), read('src/library.ts')));
  });

  test.each(Object.keys(extensionApi))('explains %s to extensions', (name) => {
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\| \\S`, 'm'));
  });

  test('explains every method that programs have', () => {
    const methods = Object.getOwnPropertyNames(CrashDump.prototype);
    for (const name of methods.filter((each) => each !== 'constructor')) {
      expect(page).toMatch(new RegExp(`^\\| \`CrashDump\\.${name}\\(\\)\` \\| \\S`, 'm'));
    }
  });
});
