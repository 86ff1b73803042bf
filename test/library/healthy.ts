import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage } from '../../dumps/index.ts';

/** The path of a small dump file of a healthy machine, written once for a test file. */
export function healthyDump(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'tscrash-')), 'healthy.kdump');
  writeFileSync(path, buildImage('healthy'));
  return path;
}
