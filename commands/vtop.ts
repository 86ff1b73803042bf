import { hex, type VAddr } from '../src/base/address.ts';
import type { Target } from '../src/kernel/core/target.ts';
import {
  addressKind,
  isLost,
  type Translation,
  translateKernel,
  translateUser,
} from '../src/kernel/mm/translate.ts';
import { entryRemarks } from '../src/output/mm/entry-rows.ts';
import { translationText } from '../src/output/mm/translation-text.ts';
import { aside, CommandError, defineCommand, failed } from '../src/session/command/command.ts';
import { blankBetween } from '../src/session/command/printing.ts';

export default defineCommand({
  name: 'vtop',
  group: 'memory',
  summary: 'virtual to physical',
  synopsis: '[-c [pid | taskp]] [-u|-k] address ...',
  flags: {
    u: { help: 'the address is a user virtual address' },
    k: { help: 'the address is a kernel virtual address' },
    c: { value: 'task', help: 'translate in the address space of this task' },
  },
  operands: [
    {
      name: 'address',
      kind: 'address',
      arity: '+',
      help: 'a virtual address, symbol or expression',
    },
  ],
  help: [
    'Translates virtual addresses to physical ones and shows how: every page-',
    'table entry on the way, the mapping and file that a user address belongs',
    'to, where a page that is not in memory went (swap, a poisoned or',
    'migrating frame), and the struct page of the frame.',
    '',
    'A user address is translated in the current context unless -c names a',
    'task. A kernel address that the page tables do not map is "(not',
    'mapped)", also where the direct map would give a physical address by',
    'arithmetic.',
  ].join('\n'),
  examples: [
    {
      run: 'vtop init_task',
      on: '',
      shows: 'where a symbol of the kernel lies in physical memory',
    },
    { run: 'vtop -c 1 400000', on: '', shows: 'a page of init, with its mapping and file' },
  ],

  *run({ flags, operands }, { target, session }) {
    if (flags.u && flags.k) throw new CommandError('-u and -k options are mutually exclusive');
    for (const address of operands.address) {
      const kind = flags.k ? 'kernel' : flags.u ? 'user' : unambiguous(target, address);
      const translation =
        kind === 'kernel'
          ? translateKernel(target, address)
          : translateUser(target, address, flags.c ?? session.task);
      yield translation;
      if (translation.state === 'not-accessible' || translation.state === 'not-kernel')
        yield failed();
      const { leaf, physical } = translation;
      if (leaf)
        yield* entryRemarks(physical === undefined ? leaf : { ...leaf, physical }).map(aside);
      if (isLost(translation)) throw new CommandError('cannot determine swap location');
    }
  },

  printer(_, { widths }) {
    const part = blankBetween();
    return (translation: Translation, out) => {
      part(out);
      const digits = translation.pageStruct ? widths.physical : 0;
      const text = translationText(translation, digits);
      // Without lines after the walk, its blank line ends the answer.
      const isParted = text.endsWith('\n\n');
      out.write(isParted ? text.slice(0, -1) : text);
      if (isParted) out.gap();
    };
  },
});

function unambiguous(target: Target, address: VAddr): 'user' | 'kernel' {
  const kind = addressKind(target, address);
  if (kind !== 'ambiguous') return kind;
  throw new CommandError(`ambiguous address: ${hex(address)}  (requires -u or -k)`, {
    fault: { kind: 'text', word: hex(address) },
  });
}
