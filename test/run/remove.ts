import { rmSync } from 'node:fs';

const TRIES = 100;

/** Removes a folder in which a program that is being ended may still write its last. */
export function remove(folder: string): void {
  for (let left = TRIES; ; left--) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      // What came while the rest was removed goes the next time; rmSync's own retries do not look for it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || left === 0) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
