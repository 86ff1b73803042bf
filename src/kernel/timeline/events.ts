import type { Moment } from './clocks.ts';

/** Where an event is known from. */
export type EventSource = 'log' | 'scheduler' | 'timer' | 'rcu' | 'block' | 'workqueue';

/** Something that happened. */
export interface TimelineEvent extends Moment {
  readonly source: EventSource;
  readonly cpu?: number;
  /** Pid of the task that it is about. */
  readonly pid?: number;
  /** Bytes of the dump, one a character; may hold line feeds. */
  readonly text: string;
}
