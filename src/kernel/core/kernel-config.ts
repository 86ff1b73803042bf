import { gunzipSync } from 'node:zlib';
import { plus } from '../../base/address.ts';
import { CorruptError, MissingError } from '../../base/errors.ts';
import { roomInPage } from '../../base/pages.ts';
import type { Target } from './target.ts';

/** A gzipped .config is about 60 KiB, its text 300 KiB. */
const MAX_DATA = 4 << 20;
const MAX_TEXT = 16 << 20;
const END = 'IKCFG_ED';

/**
 * The .config that the kernel was built with, where it carries it itself (CONFIG_IKCONFIG=y; kernel/configs.c: a
 * gzipped file between the words IKCFG_ST and IKCFG_ED). Throws MissingError, CorruptError.
 */
export function kernelConfig(target: Target): string {
  const start = target.symbols.kernel.named('kernel_config_data')?.address;
  if (start === undefined) {
    throw new MissingError(
      'symbol',
      'kernel_config_data',
      'kernel_config_data does not exist in this kernel',
    );
  }
  let data = new Uint8Array(0);
  let end = -1;
  while (end < 0 && data.length < MAX_DATA) {
    const at = plus(start, data.length);
    const more = target.kernel.tryRead(at, roomInPage(at));
    if (!more) break;
    data = Buffer.concat([data, more]);
    end = Buffer.from(data.buffer, data.byteOffset, data.length).indexOf(END);
  }
  const archive = Buffer.from(data.buffer, data.byteOffset, end < 0 ? data.length : end);
  // Before 5.1 (13610aa908dc, kernel/configs: use .incbin directive to embed config_data.gz) the leading mark was part
  // of the data.
  const lead = archive.subarray(0, 8).toString('latin1') === 'IKCFG_ST' ? 8 : 0;
  try {
    return gunzipSync(archive.subarray(lead), { maxOutputLength: MAX_TEXT }).toString('latin1');
  } catch (error) {
    throw new CorruptError(
      `the kernel's configuration cannot be unpacked: ${String(error)}`,
      start,
    );
  }
}
