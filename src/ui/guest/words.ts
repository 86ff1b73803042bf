import type { TypingHint } from '../../session/completion/typing-hint.ts';
import type { GuestModel } from '../../share/guest-model.ts';
import type { PickList } from '../picker/types.ts';
import type { ReplParts } from '../repl.ts';
import { ownWords } from './guest-lines.ts';

/** A guest has no dump to say anything about a line. */
export const NO_HINT: TypingHint = { marks: [], synopsis: [], meaning: '', value: '' };

/** A guest has no dump whose words could be picked. */
export const NO_PICKS: PickList = {
  items: [],
  detail: () => ({ text: '', brief: '' }),
  apply: () => ({ do: 'say', text: '' }),
};

/** Completes a guest's own words, and the names of those who are here. */
export function guestCompleter(model: GuestModel): ReplParts['completer'] {
  return {
    commandAt: () => '',
    complete(line, cursor) {
      const before = line.slice(0, cursor);
      const start = before.search(/\S*$/);
      const typed = before.slice(start);
      const offered: readonly (readonly [string, string])[] =
        start === 0
          ? ownWords()
          : /^\s*hand\s/.test(before)
            ? [...model.people].map((name) => [name, ''] as const)
            : [];
      const candidates = offered
        .filter(([name]) => name.startsWith(typed))
        .map(([text, detail]) => ({ text, detail, suffix: ' ' }));
      let common = candidates[0]?.text ?? '';
      for (const { text } of candidates)
        while (!text.startsWith(common)) common = common.slice(0, -1);
      return { start, end: cursor, candidates, total: candidates.length, common };
    },
  };
}
