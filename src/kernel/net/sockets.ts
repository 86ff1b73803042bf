import { plus, type VAddr, va } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { openFiles } from '../fs/open-files.ts';
import type { Task } from '../task/tasks.ts';
import { ipv4Text, ipv6Groups } from './devices.ts';

/** One end of a connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** An open socket: struct socket (include/linux/net.h) and its struct sock (include/net/sock.h). */
export interface Socket {
  readonly fd: number;
  readonly socket: VAddr;
  /** 0n for one that is being taken down. */
  readonly sock: VAddr;
  /** AF_*, include/linux/socket.h. */
  readonly family: number;
  /** SOCK_*, include/linux/net.h. */
  readonly type: number;
  /** Of INET and INET6 sockets. */
  readonly source: Endpoint | undefined;
  readonly destination: Endpoint | undefined;
}

export const AF_INET = 2;
export const AF_INET6 = 10;

const NO_ENDPOINTS = { source: undefined, destination: undefined } as const;

/** The open sockets of a task by descriptor, lazily; one that cannot be followed is a loss. Throws ReadError. */
export function* socketsOf(target: Target, task: Task): Generator<Socket, void> {
  for (const { fd, inode, type } of openFiles(target, task)) {
    if (type !== 'SOCK') continue;
    const what = `socket of fd ${fd} of pid ${task.pid}`;
    const socket = target.losses.attempt(what, undefined, () => readSocket(target, fd, inode));
    if (socket) yield socket;
  }
}

/** The socket that an inode of sockfs is part of: struct socket_alloc, include/net/sock.h. */
function readSocket(target: Target, fd: number, inode: VAddr): Socket {
  const { types } = target;
  const alloc = va(inode - BigInt(types.member('socket_alloc', 'vfs_inode').offset));
  const address = plus(alloc, types.member('socket_alloc', 'socket').offset);
  const socket = target.object('socket', address);
  const sock = socket.pointer('sk');
  const type = socket.num('type');
  if (sock === 0n) {
    return { fd, socket: address, sock, family: 0, type, ...NO_ENDPOINTS };
  }
  const family = target.object('sock', sock).num('__sk_common.skc_family');
  return { fd, socket: address, sock, family, type, ...endpoints(target, sock, family) };
}

function endpoints(
  target: Target,
  sock: VAddr,
  family: number,
): Pick<Socket, 'source' | 'destination'> {
  if (family !== AF_INET && family !== AF_INET6) return NO_ENDPOINTS;
  const common = target.object('sock_common', sock);
  const ports = {
    source: bigEndian(target.object('inet_sock', sock).bytes('inet_sport')),
    destination: bigEndian(common.bytes('skc_dport')),
  };
  const ends = (source: string, destination: string) => ({
    source: { address: source, port: ports.source },
    destination: { address: destination, port: ports.destination },
  });
  if (family === AF_INET)
    return ends(ipv4Text(common.bytes('skc_rcv_saddr')), ipv4Text(common.bytes('skc_daddr')));
  if (family === AF_INET6 && common.has('skc_v6_daddr')) {
    const text = (member: string): string => ipv6Groups(common.bytes(member));
    return ends(text('skc_v6_rcv_saddr'), text('skc_v6_daddr'));
  }
  return NO_ENDPOINTS;
}

const bigEndian = (bytes: Uint8Array): number => ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
