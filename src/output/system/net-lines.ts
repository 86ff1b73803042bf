import { hex } from '../../base/address.ts';
import type { Neighbour, NetDevice } from '../../kernel/net/devices.ts';
import { AF_INET6, type Endpoint, type Socket } from '../../kernel/net/sockets.ts';
import { displayBytes } from '../text/escape.ts';

/** Title of the table of interfaces. */
export const deviceHeader = '   NET_DEVICE     NAME       IP ADDRESS(ES)';

/** One interface. */
export const deviceRow = ({ address, name, addresses }: NetDevice): string =>
  `${hex(address).padEnd(16)}  ${displayBytes(name).padEnd(10)} ${addresses.join(', ')}`;

/** Title of the ARP cache. */
export const neighbourHeader =
  'NEIGHBOUR        IP ADDRESS      HW TYPE    HW ADDRESS         DEVICE  STATE';

/** ARPHRD_*, include/uapi/linux/if_arp.h. */
const HARDWARE: Readonly<Record<number, string>> = {
  0: 'NETROM',
  1: 'ETHER',
  2: 'EETHER',
  3: 'AX25',
  4: 'PRONET',
  5: 'CHAOS',
  6: 'IEEE802',
  7: 'ARCNET',
  8: 'APPLETLK',
  15: 'DLCI',
  19: 'ATM',
  23: 'METRICOM',
};
/** NUD_*, include/net/neighbour.h. */
const STATES = [
  'INCOMPLETE',
  'REACHABLE',
  'STALE',
  'DELAY',
  'PROBE',
  'FAILED',
  'NOARP',
  'PERMANENT',
] as const;

/** One entry of the ARP cache. */
export function neighbourRow(entry: Neighbour): string {
  const bytes = Array.from(entry.hardwareAddress, (byte) => byte.toString(16).padStart(2, '0'));
  const state = STATES.filter((_, bit) => (entry.state >> bit) & 1).join('|');
  return [
    hex(entry.address).padEnd(16),
    entry.ip.padEnd(15),
    (HARDWARE[entry.hardwareType] ?? 'UNKNOWN').padEnd(10),
    `${bytes.join(' ').padEnd(17)} `,
    displayBytes(entry.device).padEnd(7),
    state,
  ].join(' ');
}

/** Titles of sockets: one a line, and before a socket shown whole. */
export const socketHeader =
  'FD      SOCKET            SOCK       FAMILY:TYPE SOURCE-PORT DESTINATION-PORT';
export const wholeSocketHeader = 'FD       SOCKET             SOCK      ';

/** AF_* by number, include/linux/socket.h. */
const FAMILIES =
  'UNSPEC UNIX INET AX25 IPX APPLETALK NETROM BRIDGE ATMPVC X25 INET6 ROSE DECnet NETBEUI SECURITY KEY NETLINK PACKET ASH ECONET ATMSVC RDS SNA IRDA PPPOX WANPIPE LLC IB MPLS CAN TIPC BLUETOOTH IUCV RXRPC ISDN PHONET IEEE802154 CAIF ALG NFC VSOCK KCM QIPCRTR SMC XDP MCTP'.split(
    ' ',
  );
/** SOCK_* by number, include/linux/net.h. */
const TYPES = ['', 'STREAM', 'DGRAM', 'RAW', 'RDM', 'SEQPACKET', 'DCCP', '', '', '', 'PACKET'];

const endpoint = ({ address, port }: Endpoint): string => `${address}-${port}`;

/** One socket on a line; a bound INET6 address is set off by two blanks. */
export function socketRow(socket: Socket): string {
  const { source, destination, family } = socket;
  const kind = `${FAMILIES[family] ?? family}:${TYPES[socket.type] || socket.type}`.padEnd(12);
  const start = `${String(socket.fd).padStart(2)} ${hex(socket.socket)} ${hex(socket.sock)} ${kind}`;
  if (!source || !destination) return start;
  if (family === AF_INET6 && source.port !== 0)
    return `${start} ${endpoint(source)}  ${endpoint(destination)}  `;
  return `${start} ${endpoint(source)} ${endpoint(destination)}`;
}

/** The line over a socket shown whole. */
export const wholeSocketRow = ({ fd, socket, sock }: Socket): string =>
  `${String(fd).padStart(2)}  ${hex(socket).padEnd(16)}  ${hex(sock)}`;
