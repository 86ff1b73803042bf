// Every command of tscrash. One import and one name a line, sorted by file.
import type { AnyCommand } from '../src/api.ts';
import ascii from './ascii.ts';
import btop from './btop.ts';
import evaluate from './eval.ts';
import exit from './exit.ts';
import ptob from './ptob.ts';
import q from './q.ts';

// biome-ignore format: one name a line
export const commands: readonly AnyCommand[] = [
  ascii,
  btop,
  evaluate,
  exit,
  ptob,
  q,
];
