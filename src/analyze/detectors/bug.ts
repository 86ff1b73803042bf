import { hex } from '../../base/address.ts';
import { knownWord } from '../../kernel/search/known-words.ts';
import { type BugEntry, bugAt } from '../../kernel/text/bug-table.ts';
import type { ClassName } from '../classes.ts';
import { type Certainty, type Evidence, type Fact, fact } from '../facts.ts';
import { type Call, frameNumber, subjectOf, tellingCalls } from '../scene/chain.ts';
import type { Entry } from '../scene/entries.ts';
import { operationAt } from '../scene/fault.ts';
import { attempt, callersOf, type Scene } from '../scene/scene.ts';
import type { Detector } from './detector.ts';
import { firstFault } from './pointer-fault.ts';

/** Places where the kernel checks itself, by the bug table and by the functions that check. */
export const bug: Detector = {
  name: 'bug',
  looksFor: 'a BUG() or WARN() in the bug table, and the check that it belongs to',
  needs: ['symbols', 'stack'],
  *find(scene) {
    const entry = firstFault(scene);
    if (entry?.kind === 'invalid-opcode' || entry?.kind === 'control-protection') {
      yield* trapped(scene, entry);
      return;
    }
    // WARN() with a message calls this on machines that have no trap for it, and where another check reports.
    const reporter = scene.calls.find(({ name }) => WARNERS.test(name));
    if (reporter) yield warned(scene, reporter);
  },
};

const WARNERS = /^(?:__warn|warn_slowpath_\w+|__warn_printk)$/;

/** An instruction that exists to trap. */
const TRAPS: ReadonlySet<string> = new Set(['UD2', 'UD1', 'UD0', 'INT3']);

function* trapped(scene: Scene, entry: Entry): Generator<Fact> {
  const { target } = scene;
  const ip = entry.registers.values.ip;
  const operation = operationAt(target, ip as never);
  const found = attempt(() => bugAt(target, ip as never));
  if (!found && !TRAPS.has(operation?.mnemonic ?? '')) return;
  const checked = checkOf(entry, found);
  const outer = tellingCalls(entry.outer).filter(({ name }) => !checked?.skips?.test(name));
  const subject = subjectOf(outer[0]);
  const where = found?.file === undefined ? '' : ` at ${found.file}:${found.line}`;
  const certainty: Certainty = found ? 'certain' : 'likely';
  const isWarning = found?.isWarning === true;
  yield fact({
    class: checked?.class ?? (isWarning ? 'warning' : 'bug'),
    certainty: checked && !found ? 'likely' : certainty,
    subject,
    summary: checked
      ? `${checked.text}${where}, called by ${subject ?? 'an unknown function'}`
      : `${subject ?? 'the kernel'} met a ${isWarning ? 'WARN()' : found ? 'BUG()' : 'trapping instruction that is in no table'}${where}${isWarning ? ', and panic_on_warn was set' : ''}`,
    evidence: [
      {
        text: found
          ? `${operation?.mnemonic.toLowerCase() ?? 'the instruction'} at ${hex(ip)} is entry ${hex(found.address)} of the bug table: ${isWarning ? 'a warning' : 'a bug'}${where}`
          : `${operation?.mnemonic.toLowerCase() ?? 'the instruction'} at ${hex(ip)} is in no bug table`,
        command: `dis -r ${hex(ip)}`,
        address: ip as never,
      },
      ...poisonRegisters(entry),
    ],
    unchecked: found ? [] : ['the bug table, which has no entry for this place or cannot be read'],
  });
}

interface Check {
  readonly class: ClassName;
  readonly text: string;
  /** Functions of the subsystem itself, which only found the damage. */
  readonly skips?: RegExp;
}

/** Functions of the slab allocator: a BUG in them is about the object that they were given. */
export const ALLOCATOR =
  /^(?:__?kfree|kfree\w*|kmem_cache_\w+|__kmem_cache\w*|__slab_\w+|___?slab_\w+|slab_\w+|do_slab_free|set_freepointer|kvfree|kmalloc\w*|__kmalloc\w*|free_\w+slab\w*|free_to_partial_list|get_partial\w*|check_\w+|object_err|print_trailer|free_consistency_checks|alloc_debug_processing|free_debug_processing|cache_free\w*|cache_alloc\w*)$/;

/** Checks by the function that makes them, then by the file that they are in. */
const BY_FUNCTION: readonly (readonly [RegExp, Check])[] = [
  [
    /^__list_\w*valid\w*$/,
    { class: 'list-corruption', text: 'a list entry and its neighbours do not agree' },
  ],
  [
    /^refcount_warn_saturate$/,
    { class: 'refcount', text: 'a reference count went below zero, or too high' },
  ],
  [
    /^(?:__schedule_bug|___?might_\w+)$/,
    { class: 'atomic-sleep', text: 'a function that may sleep was called where it must not' },
  ],
  [
    /^(?:kasan_\w+|kfence_\w+|__ubsan_\w+|ubsan_\w+|kcsan_\w+|kmsan_\w+)$/,
    { class: 'sanitizer', text: 'a sanitizer of the kernel reported a fault' },
  ],
  [
    /^(?:bad_page|free_page_is_bad|check_new_page_bad)$/,
    { class: 'page-corruption', text: 'a page struct is in an impossible state' },
  ],
];
const BY_FILE: readonly (readonly [RegExp, Check])[] = [
  [
    /(?:^|\/)mm\/(?:slub|slab|slab_common)\.[ch]$/,
    {
      class: 'slab-corruption',
      text: 'the slab allocator found an object that cannot be',
      skips: ALLOCATOR,
    },
  ],
  [
    /(?:^|\/)lib\/list_debug\.c$/,
    { class: 'list-corruption', text: 'a list entry and its neighbours do not agree' },
  ],
  [
    /(?:^|\/)lib\/refcount\.c$/,
    { class: 'refcount', text: 'a reference count went below zero, or too high' },
  ],
];

function checkOf({ interrupted }: Entry, found: BugEntry | undefined): Check | undefined {
  const name = interrupted?.name ?? '';
  const file = found?.file ?? '';
  const byFunction = BY_FUNCTION.find(([names]) => names.test(name));
  return (byFunction ?? BY_FILE.find(([files]) => files.test(file)))?.[1];
}

/** Poison that registers hold: a check found it, and went no further. */
function* poisonRegisters(entry: Entry): Generator<Evidence> {
  for (const [register, value] of Object.entries(entry.registers.values)) {
    const word = value === undefined ? undefined : knownWord(value);
    if (word?.kind !== 'poison' && word?.kind !== 'list-poison') continue;
    yield {
      text: `%r${register.replace(/^r/, '')} = ${hex(value)} is ${word.text}: ${word.why}`,
      command: 'bt',
      value,
    };
  }
}

function warned(scene: Scene, reporter: Call): Fact {
  const outer = callersOf(scene, reporter);
  const check = outer
    .map(({ name }) => BY_FUNCTION.find(([names]) => names.test(name))?.[1])
    .find((each) => each !== undefined);
  const subject = subjectOf(tellingCalls(outer)[0]);
  return fact({
    class: check?.class ?? 'warning',
    certainty: 'likely',
    subject,
    summary: `${subject ?? 'the kernel'} met a WARN(), and panic_on_warn was set`,
    evidence: [
      {
        text: `${reporter.symbol}() is on the stack, frame ${frameNumber(reporter)}`,
        command: 'bt',
        address: reporter.sp,
      },
    ],
    unchecked: ['the bug table: this warning was not a trap'],
  });
}
