import { isOutsideRam } from '../src/kernel/mm/ram.ts';
import { absentEntry } from '../src/kernel/mm/swap-entry.ts';
import {
  absentFrame,
  entryPhysical,
  type LeafEntry,
  reservedBitsOf,
} from '../src/kernel/mm/translate.ts';
import { entryLead, entryRemarks, entryRows, reservedLines } from '../src/output/mm/entry-rows.ts';
import { parsePhysical } from '../src/session/command/arguments.ts';
import { aside, CommandError, defineCommand } from '../src/session/command/command.ts';

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
    'name. Address bits that the processor does not have are listed as',
    'RESERVED. A frame outside of RAM, and an offset beyond the end of its',
    'swap device, are remarked.',
  ].join('\n'),
  examples: [{ run: 'pte d8e067', on: '', shows: 'frame d8e000, PRESENT|RW|USER|ACCESSED|DIRTY' }],

  *run({ operands }, { target, session }) {
    for (const word of operands.contents) {
      const entry = parsePhysical(word, session);
      const flags = target.arch.entryFlags(entry);
      const isMapped = flags.some((name) => name === 'PRESENT' || name === 'PROTNONE');
      const absent = isMapped || entry === 0n ? undefined : absentEntry(target, entry);
      const physical = entryPhysical(target, entry);
      const decoded: LeafEntry = {
        entry,
        physical,
        flags: entry === 0n ? [] : flags,
        reservedBits: isMapped ? reservedBitsOf(target, entry, target.arch.pageShift) : [],
        outsideRam: isOutsideRam(target, isMapped ? physical : absentFrame(target, absent)),
        absent,
      };
      yield decoded;
      yield* entryRemarks(decoded).map(aside);
      if (absent?.kind === 'unknown') throw new CommandError('cannot determine swap location');
    }
  },

  print(decoded: LeafEntry, out) {
    if (decoded.absent?.kind === 'unknown') out.write(entryLead(decoded.entry));
    else for (const line of [...entryRows(decoded), ...reservedLines(decoded)]) out.line(line);
  },
});
