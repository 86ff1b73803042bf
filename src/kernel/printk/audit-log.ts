import { plus, va } from '../../base/address.ts';
import { cString } from '../../base/bytes.ts';
import { CorruptError, MissingError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';

/** A message of the audit subsystem that no daemon fetched. */
export interface AuditRecord {
  /** nlmsg_type, AUDIT_* of include/uapi/linux/audit.h. */
  readonly type: number;
  readonly text: string;
}

/**
 * The queues by age: messages held while no daemon runs, those to be sent again, and new ones. Renamed, and the middle
 * one added, in 4.10 (3197542482df, audit: rework audit_log_start()).
 */
const QUEUES = [
  ['audit_hold_queue', 'audit_retry_queue', 'audit_queue'],
  ['audit_skb_hold_queue', 'audit_skb_queue'],
] as const;

/** struct nlmsghdr: u32 nlmsg_len, u16 nlmsg_type ...; 16 bytes, include/uapi/linux/netlink.h. */
const HEADER = 16;
/** Larger than MAX_AUDIT_MESSAGE_LENGTH, 8970. */
const MAX_MESSAGE = 1 << 16;

/** The unread audit messages, oldest queue first. Throws MissingError when the kernel has no audit queues. */
export function* readAuditLog(target: Target): Generator<AuditRecord, void> {
  const names = QUEUES.find(
    (queues) => target.findSymbol(queues[queues.length - 1]!) !== undefined,
  );
  if (!names) throw new MissingError('symbol', 'audit_queue');
  for (const name of names) {
    const head = target.findSymbol(name);
    if (head === undefined) continue;
    const queue = target.object('sk_buff_head', head);
    if (queue.num('qlen') === 0) continue;
    // A queue's head and its buffers begin with next and prev, as a list_head does.
    for (const address of walkList(target.kernel, plus(head, queue.member('next').offset))) {
      yield readMessage(target, va(address));
    }
  }
}

function readMessage(target: Target, address: bigint): AuditRecord {
  const buffer = target.object('sk_buff', va(address));
  const data = buffer.pointer('data');
  const length = buffer.num('len');
  if (length < HEADER || length > MAX_MESSAGE) {
    throw new CorruptError(`audit message of ${length} bytes`, address);
  }
  return {
    type: target.kernel.u16(plus(data, 4)),
    text: cString(target.kernel.read(plus(data, HEADER), length - HEADER)),
  };
}
