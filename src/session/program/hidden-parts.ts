import { HIDDEN_PARTS, type HiddenPart } from '../../kernel/core/target.ts';
import { BadCommandLine } from './options.ts';

/** `TSCRASH_WITHOUT=btf,orc`: parts of the dump that are not used. Throws BadCommandLine for a word that names none. */
export function hiddenParts(words: string | undefined): ReadonlySet<HiddenPart> {
  const parts = new Set<HiddenPart>();
  for (const word of (words ?? '').split(',').filter((each) => each !== '')) {
    const part = HIDDEN_PARTS.find((each) => each === word);
    if (part === undefined)
      throw new BadCommandLine(`TSCRASH_WITHOUT wants ${HIDDEN_PARTS.join(', ')}, not ${word}`);
    parts.add(part);
  }
  return parts;
}
