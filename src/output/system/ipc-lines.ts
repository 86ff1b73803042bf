import { hex } from '../../base/address.ts';
import type {
  IpcObject,
  MessageQueue,
  SegmentPages,
  SemaphoreArray,
  SharedSegment,
} from '../../kernel/ipc.ts';

/** Titles of the three kinds. */
export const segmentHeader =
  'SHMID_KERNEL     KEY      SHMID      UID   PERMS BYTES      NATTCH STATUS';
export const semaphoreHeader = 'SEM_ARRAY        KEY      SEMID      UID   PERMS NSEMS     ';
export const queueHeader =
  'MSG_QUEUE        KEY      MSQID      UID   PERMS USED-BYTES   MESSAGES    ';

const start = ({ address, key, id, uid, mode }: IpcObject): string =>
  [
    hex(address).padEnd(16),
    key.toString(16).padStart(8, '0'),
    String(id).padEnd(10),
    String(uid).padEnd(5),
    (mode & 0o777).toString(8).padEnd(5),
  ].join(' ');

/** One shared memory segment. */
export const segmentRow = (each: SharedSegment): string =>
  [
    start(each),
    String(each.bytes).padEnd(10),
    String(each.attached).padEnd(6),
    each.isDoomed ? 'dest' : '',
    each.isLocked ? 'locked' : '',
  ].join(' ');

/** The pages of a segment in memory and in swap. */
export const segmentPageLines = (pages: SegmentPages): string[] => [
  `PAGES ALLOCATED/RESIDENT/SWAPPED: ${pages.allocated}/${pages.resident}/${pages.swapped}`,
  `INODE: ${hex(pages.inode)}`,
];

/** One semaphore array. */
export const semaphoreRow = (each: SemaphoreArray): string =>
  `${start(each)} ${String(each.semaphores).padEnd(10)}`;

/** One message queue. */
export const queueRow = (each: MessageQueue): string =>
  `${start(each)} ${String(each.bytes).padEnd(12)} ${String(each.messages).padEnd(12)}`;
