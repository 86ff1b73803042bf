import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from '../../dumps/index.ts';
import { scratch } from '../run/scratch.ts';

/** The path of a small dump file of a healthy machine, written once for a test file. */
export function healthyDump(): string {
  const path = join(scratch(), 'healthy.kdump');
  writeFileSync(path, buildImage('healthy'));
  return path;
}
