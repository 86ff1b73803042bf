import type { Lines } from '../../session/sinks/output-history.ts';
import type { Job, PagerState } from './state.ts';

/** Result of a piece of work. */
export interface Worked {
  readonly state: PagerState;
  /** The command has to print more before the job can continue. */
  readonly waiting: boolean;
}

/**
 * Continues the state's job until it is done, waits for lines, or `enough()` says so; that is asked every few lines.
 * Lines are read only as far as a pattern needs them.
 */
export function work(state: PagerState, lines: Lines, enough: () => boolean): Worked {
  const desk = new Desk(state, lines);
  for (let count = 0; desk.job; count++) {
    if (desk.step()) return { state: desk.result(), waiting: true };
    if (count % 256 === 255 && enough()) break;
  }
  return { state: desk.result(), waiting: false };
}

/** The state during one call of {@link work}, changed in place. */
class Desk {
  job: Job | undefined;
  readonly #state: PagerState;
  readonly #lines: Lines;
  #page: number[];
  #found: number | undefined;
  #message: string;
  #done: boolean;

  constructor(state: PagerState, lines: Lines) {
    this.#state = state;
    this.#lines = lines;
    this.job = state.job;
    this.#page = state.page.filter((line) => line >= lines.first);
    this.job ??= this.#fill();
    this.#found = state.found;
    this.#message = state.message;
    this.#done = state.done;
  }

  /** The job that fills a page which is not full. */
  #fill(): Job | undefined {
    const missing = this.#state.rows - this.#page.length;
    const at = (this.#page.at(-1) ?? -1) + 1;
    return missing > 0 ? { do: 'forward', at, left: missing } : undefined;
  }

  result(): PagerState {
    return {
      ...this.#state,
      job: this.job,
      page: this.#page,
      found: this.#found,
      message: this.#message,
      done: this.#done,
    };
  }

  /** Reads one line; true when the job has to wait for it. */
  step(): boolean {
    const { job } = this;
    if (job?.do === 'forward') return this.#forward(job);
    if (job?.do === 'backward') this.#backward(job);
    else if (job?.do === 'find') return this.#find(job);
    else if (job?.do === 'end') {
      if (!this.#lines.ended) return true;
      this.#page = [];
      this.job = { do: 'backward', at: this.#lines.count - 1, left: this.#state.rows };
    }
    return false;
  }

  #forward(job: Extract<Job, { do: 'forward' }>): boolean {
    const { rows } = this.#state;
    if (job.left <= 0) {
      this.job = undefined;
      return false;
    }
    const at = Math.max(job.at, this.#lines.first);
    if (at >= this.#lines.count) {
      if (!this.#lines.ended) return true;
      this.#atEnd(job);
      return false;
    }
    if (!this.#accepts(at)) {
      this.job = { ...job, at: at + 1 };
      return false;
    }
    this.#page.push(at);
    if (this.#page.length > rows) this.#page.shift();
    this.job = { ...job, at: at + 1, left: job.left - 1, moved: true };
    return false;
  }

  /** The end of the lines: a page that is not full gets the lines before it. */
  #atEnd(job: Extract<Job, { do: 'forward' }>): void {
    const missing = this.#state.rows - this.#page.length;
    const top = this.#page[0] ?? this.#lines.count;
    this.job = missing > 0 ? { do: 'backward', at: top - 1, left: missing } : undefined;
    if (job.leave && !job.moved) {
      this.job = undefined;
      this.#done = true;
    }
  }

  #backward(job: Extract<Job, { do: 'backward' }>): void {
    if (job.left <= 0 || job.at < this.#lines.first) {
      this.job = undefined;
      return;
    }
    if (!this.#accepts(job.at)) {
      this.job = { ...job, at: job.at - 1 };
      return;
    }
    this.#page.unshift(job.at);
    if (this.#page.length > this.#state.rows) this.#page.pop();
    this.job = { ...job, at: job.at - 1, left: job.left - 1 };
  }

  #find(job: Extract<Job, { do: 'find' }>): boolean {
    const { at, step, pattern } = job;
    if (at >= this.#lines.count && !this.#lines.ended) return true;
    if (at < this.#lines.first || at >= this.#lines.count) {
      this.#message = 'Pattern not found';
      this.job = undefined;
      return false;
    }
    if (!this.#accepts(at) || !pattern.test(this.#lines.line(at) ?? '')) {
      this.job = { ...job, at: at + step };
    } else if (job.left > 1) {
      this.job = { ...job, at: at + step, left: job.left - 1 };
    } else {
      this.#found = at;
      this.#page = [at];
      this.job = { do: 'forward', at: at + 1, left: this.#state.rows - 1 };
    }
    return false;
  }

  #accepts(at: number): boolean {
    const { filter } = this.#state;
    return !filter || filter.test(this.#lines.line(at) ?? '');
  }
}
