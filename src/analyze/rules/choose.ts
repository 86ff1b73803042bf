import type { ClassName } from '../classes.ts';
import type { Fact } from '../facts.ts';

/**
 * What a class explains: where both are found, the other one is its effect, or a less exact word for it. A class that is
 * only possible explains nothing.
 */
const EXPLAINS: Partial<Record<ClassName, readonly ClassName[]>> = {
  'machine-check': ['firmware', 'hard-lockup', 'poisoned-memory'],
  'poisoned-memory': ['wild-pointer', 'page-table-corruption', 'non-canonical'],
  'migration-race': [
    'non-canonical',
    'wild-pointer',
    'page-table-corruption',
    'user-pointer',
    'poison-pointer',
    'null-pointer',
  ],
  'use-after-free': [
    'poison-pointer',
    'list-corruption',
    'non-canonical',
    'wild-pointer',
    'null-pointer',
    'wild-jump',
    'refcount',
  ],
  'page-table-corruption': ['wild-pointer', 'user-pointer', 'trap'],
  'stack-overflow': ['wild-pointer', 'stack-smashed', 'trap', 'page-table-corruption', 'wild-jump'],
  'stack-smashed': ['wild-pointer', 'wild-jump', 'non-canonical', 'trap', 'poison-pointer'],
  'list-corruption': ['bug', 'warning', 'poison-pointer', 'trap'],
  refcount: ['bug', 'warning', 'trap'],
  'slab-corruption': ['bug', 'warning', 'driver-panic', 'trap'],
  'page-corruption': ['bug', 'warning', 'trap'],
  sanitizer: ['bug', 'warning', 'use-after-free', 'trap', 'null-pointer'],
  lockdep: ['bug', 'warning'],
  'atomic-sleep': ['bug', 'warning', 'sanitizer'],
  deadlock: ['hung-task'],
  'orphaned-lock': ['hung-task'],
  'stuck-ipi': ['soft-lockup', 'rcu-stall', 'hung-task', 'hard-lockup'],
  bug: ['trap'],
  warning: ['trap'],
  leak: ['out-of-memory'],
  'workqueue-lockup': ['hung-task'],
};

/** Of facts that do not explain each other, the one that stands earlier here is the cause. */
const ORDER: readonly ClassName[] = [
  'sysrq',
  'machine-check',
  'init-died',
  'sanitizer',
  'lockdep',
  'atomic-sleep',
  'stack-overflow',
  'stack-smashed',
  'migration-race',
  'use-after-free',
  'page-table-corruption',
  'poisoned-memory',
  'slab-corruption',
  'list-corruption',
  'refcount',
  'page-corruption',
  'filesystem-panic',
  'deadlock',
  'orphaned-lock',
  'stuck-ipi',
  'hung-task',
  'workqueue-lockup',
  'soft-lockup',
  'hard-lockup',
  'rcu-stall',
  'leak',
  'out-of-memory',
  'firmware',
  'driver-panic',
];

/** Whether one fact explains another: it is its effect, or a less exact word for it. */
export const explains = (cause: Fact, effect: Fact): boolean =>
  cause.class === effect.class || EXPLAINS[cause.class]?.includes(effect.class) === true;

const CERTAINTIES = ['certain', 'likely', 'possible'];

/** The fact that the others are effects of, or less exact words for; undefined without facts. */
export function chooseFact(facts: readonly Fact[]): Fact | undefined {
  const explained = new Set<ClassName>();
  for (const { class: name, certainty } of facts) {
    if (certainty === 'possible') continue;
    for (const effect of EXPLAINS[name] ?? []) explained.add(effect);
  }
  const left = facts.filter((each) => !explained.has(each.class));
  const among = left.length > 0 ? left : facts;
  return among.toSorted(
    (a, b) =>
      Number(a.certainty === 'possible') - Number(b.certainty === 'possible') ||
      orderOf(a) - orderOf(b) ||
      CERTAINTIES.indexOf(a.certainty) - CERTAINTIES.indexOf(b.certainty),
  )[0];
}

const orderOf = ({ class: name }: Fact): number => {
  const place = ORDER.indexOf(name);
  return place < 0 ? ORDER.length : place;
};
