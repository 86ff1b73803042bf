import type { Target } from '../../kernel/core/target.ts';
import { kernelTaints } from '../../kernel/taints.ts';
import type { Fact } from '../facts.ts';
import { attempt } from '../scene/scene.ts';

/** Classes whose own report sets the taint of a warning. */
const WARNS: ReadonlySet<Fact['class']> = new Set([
  'warning',
  'refcount',
  'list-corruption',
  'atomic-sleep',
  'sanitizer',
  'lockdep',
  'slab-corruption',
  'page-corruption',
]);

/** Signs that something went wrong before the death that is explained, as sentences. */
export function earlierTrouble(target: Target, { class: name }: Fact): string[] {
  const found: string[] = [];
  const symbol = attempt(() => target.findSymbol('die_counter'));
  const deaths = symbol === undefined ? undefined : attempt(() => target.kernel.i32(symbol));
  if (deaths !== undefined && deaths > 1)
    found.push(
      `the kernel had died ${deaths - 1} times before this (die_counter): the first is the one to explain`,
    );
  const letters = attempt(() => kernelTaints(target).letters) ?? '';
  if (letters.includes('W') && !WARNS.has(name))
    found.push('a WARN() fired before (taint W): it may be the first sign of what happened');
  return found;
}
