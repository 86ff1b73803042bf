import type { Fact } from '../facts.ts';
import type { Scene } from '../scene/scene.ts';

/** What a detector needs of a dump, in the words of `analyze -v` where it is missing. */
export type Need = 'symbols' | 'types' | 'stack' | 'tasks' | 'slab' | 'log';

/** One way to recognise what killed a machine. Pure: it reads, and yields what it finds. */
export interface Detector {
  readonly name: string;
  /** As a clause after "looks for": `locks that wait for each other`. */
  readonly looksFor: string;
  readonly needs: readonly Need[];
  /** Facts of one dump. May throw CrashError: the engine says then that the detector could not look. */
  find(scene: Scene): Iterable<Fact>;
}
