import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commands } from '../../commands/index.ts';
import { fillMarked } from './readme.ts';

/** `npm run docs`: writes the generated parts of README.md anew. */
const path = fileURLToPath(new URL('../../README.md', import.meta.url));
writeFileSync(path, fillMarked(readFileSync(path, 'utf8'), commands));
