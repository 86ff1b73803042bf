import type { Bits, PAddr } from '../src/base/address.ts';
import { type AbsentEntry, absentEntry } from '../src/kernel/mm/swap-entry.ts';
import { entryPhysical } from '../src/kernel/mm/translate.ts';
import { entryLead, entryRows } from '../src/output/mm/entry-rows.ts';
import { parsePhysical } from '../src/session/command/arguments.ts';
import { CommandError, defineCommand } from '../src/session/command/command.ts';

interface DecodedEntry {
  readonly entry: Bits;
  readonly physical: PAddr;
  readonly flags: readonly string[];
  /** Meaning of an entry that is neither present nor zero. */
  readonly absent: AbsentEntry | undefined;
}

export default defineCommand({
  name: 'pte',
  group: 'memory',
  summary: 'translate a page table entry',
  synopsis: 'contents ...',
  flags: {},
  operands: [
    { name: 'contents', kind: 'text', arity: '*', help: 'a page-table entry, in hexadecimal' },
  ],
  help: [
    'Decodes page-table entries: the frame and the flags of one that is',
    'present, the swap device and offset of one that is not. Entries of',
    'poisoned and migrating pages are shown as such, with the frame that they',
    'name.',
  ].join('\n'),
  examples: [{ run: 'pte d8e067', on: '', shows: 'frame d8e000, PRESENT|RW|USER|ACCESSED|DIRTY' }],

  *run({ operands }, { target, session }) {
    for (const word of operands.contents) {
      const entry = parsePhysical(word, session);
      const flags = target.arch.entryFlags(entry);
      const isMapped = flags.some((name) => name === 'PRESENT' || name === 'PROTNONE');
      const absent = isMapped || entry === 0n ? undefined : absentEntry(target, entry);
      const decoded: DecodedEntry = {
        entry,
        physical: entryPhysical(target, entry),
        flags: entry === 0n ? [] : flags,
        absent,
      };
      yield decoded;
      if (absent?.kind === 'unknown') throw new CommandError('cannot determine swap location');
    }
  },

  print(decoded: DecodedEntry, out) {
    if (decoded.absent?.kind === 'unknown') out.write(entryLead(decoded.entry));
    else for (const line of entryRows(decoded)) out.line(line);
  },
});
