import { reduceAll } from '../../src/ui/editor/reduce.ts';
import {
  createState,
  type EditorState,
  type Effect,
  type World,
} from '../../src/ui/editor/state.ts';
import { searchLines } from '../../src/ui/history/search.ts';
import type { InputEvent } from '../../src/ui/term/keys.ts';

/** `ab<C-a>x<enter>` as events; `<lt>` is a `<`. */
export function events(script: string): InputEvent[] {
  return [...script.matchAll(/<([^<>]+|[CM]-[<>])>|([^<]+)/g)].map(([, key, text]): InputEvent => {
    if (key === 'lt') return { type: 'text', text: '<' };
    return key === undefined ? { type: 'text', text: text ?? '' } : { type: 'key', key };
  });
}

/** A history of lines, oldest first. */
export function worldOf(lines: readonly string[] = []): World {
  return {
    length: lines.length,
    find(from, direction, prefix, except) {
      for (let index = from + direction; index >= 0 && index < lines.length; index += direction) {
        const line = lines[index] as string;
        if (line.startsWith(prefix) && line !== except) return { index, line };
      }
      return undefined;
    },
    search: (query) => searchLines(lines, 0, query),
    lastWord: (n) => /\S+$/.exec(lines.at(-n) ?? '')?.[0] ?? '',
  };
}

export interface Played {
  readonly state: EditorState;
  readonly effects: readonly Effect[];
  /** The text with `|` where the cursor is. */
  readonly shown: string;
}

/** Plays a script from an empty prompt, or from a state. */
export function play(
  script: string | readonly InputEvent[],
  options: { from?: EditorState; edit?: string; history?: readonly string[] } = {},
): Played {
  const world = worldOf(options.history);
  let state = options.from ?? createState(options.edit ?? 'emacs');
  const effects: Effect[] = [];
  let rest: readonly InputEvent[] = typeof script === 'string' ? events(script) : script;
  while (rest.length > 0) {
    const step = reduceAll(state, rest, world);
    state = step.state;
    effects.push(...step.effects);
    rest = step.rest;
  }
  const { text, cursor } = state;
  return { state, effects, shown: `${text.slice(0, cursor)}|${text.slice(cursor)}` };
}
