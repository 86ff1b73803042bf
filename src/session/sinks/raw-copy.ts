import { closeSync, writeSync } from 'node:fs';
import { CrashError } from '../../base/errors.ts';
import { openForWriting } from '../../base/files.ts';

/** A file that receives raw memory. */
export interface RawCopy {
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Creates (or empties) a file for raw bytes; undefined when it cannot be opened. */
export function openRawCopy(path: string): RawCopy | undefined {
  let file: number;
  try {
    file = openForWriting(path, 'truncate').fd;
  } catch (error) {
    if (error instanceof CrashError || (error instanceof Error && 'code' in error))
      return undefined;
    throw error;
  }
  return {
    write(bytes) {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    },
    close: () => closeSync(file),
  };
}
