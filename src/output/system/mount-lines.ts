import { hex } from '../../base/address.ts';
import type { Mount } from '../../kernel/fs/mounts.ts';
import { displayBytes } from '../text/escape.ts';
import { center } from '../text/justify.ts';

/** Title of a table of mounts. */
export const mountHeader = `${center('MOUNT', 16)} ${center('SUPERBLK', 16)} TYPE   DEVNAME   DIRNAME`;

/** One mount. A long type uses the blanks after the device; other long words push the rest to the right. */
export const mountRow = ({ address, superblock, type, device, directory }: Mount): string =>
  [
    hex(address).padEnd(16),
    hex(superblock).padEnd(16),
    `${displayBytes(type).padEnd(6)} ${displayBytes(device)}`.padEnd(16),
    displayBytes(directory).padEnd(10),
  ].join(' ');
