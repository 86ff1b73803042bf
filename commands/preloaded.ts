// The commands of most one-line runs. They are loaded at once and alone, so they look up no other command.
import type { AnyCommand } from '../src/session/command/command.ts';
import bt from './bt.ts';
import log from './log.ts';
import ps from './ps.ts';
import sys from './sys.ts';

export const preloadedCommands: readonly AnyCommand[] = [bt, log, ps, sys];
