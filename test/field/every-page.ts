/**
 * Leaves out every page, one at a time, that the answers of some commands came from, in each dump that is named or that the project
 * carries: tsx test/field/every-page.ts [DUMP ...]. Prints the answers that are shorter or other and do not say so.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { leaveOut } from './one-page.ts';

const LINES = ['ps', 'bt -a', 'mod', 'kmem -s', 'log', 'vm', 'files', 'net'];

const folder = fileURLToPath(new URL('../../dumps/', import.meta.url));
const own = readdirSync(folder).filter((name) => name.endsWith('.kdump'));
const files = process.argv.length > 2 ? process.argv.slice(2) : own.map((name) => folder + name);

async function everyPage(): Promise<number> {
  let faults = 0;
  for (const file of files) {
    for (const line of LINES) {
      let pages = 0;
      for await (const { pfn, verdict, line: stranger, answer } of leaveOut(file, line)) {
        pages++;
        if (verdict !== 'silent' && answer.outcome !== 'bug') continue;
        faults++;
        const words = answer.outcome === 'bug' ? answer.lines.at(-1) : `says nothing; ${stranger}`;
        process.stdout.write(`${file}: ${line} without page ${pfn}: ${words}\n`);
      }
      process.stdout.write(`${file}: ${line}: ${pages} pages\n`);
    }
  }
  return faults;
}

void everyPage().then((faults) => {
  process.exitCode = faults === 0 ? 0 : 1;
});
