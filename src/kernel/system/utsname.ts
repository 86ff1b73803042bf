import { plus } from '../../base/address.ts';
import { cString } from '../../base/bytes.ts';
import { MissingError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';

/** struct new_utsname, include/uapi/linux/utsname.h: six strings of 65 bytes. */
export interface Utsname {
  readonly sysname: string;
  readonly nodename: string;
  readonly release: string;
  readonly version: string;
  readonly machine: string;
  readonly domainname: string;
}
const UTS_LENGTH = 65;

/** The system's name, from the kernel's memory, else from the dump's header. Throws MissingError. */
export const utsname = (target: Target): Utsname => target.memo(readUtsname);

function readUtsname(target: Target): Utsname {
  const address = target.findSymbol('init_uts_ns');
  const offset = target.vmcoreinfo.offset('uts_namespace.name');
  const name = offset ?? target.types.member('uts_namespace', 'name').offset;
  const bytes =
    address === undefined ? undefined : target.kernel.tryRead(plus(address, name), 6 * UTS_LENGTH);
  const known = target.facts.utsname;
  const part = (index: number, key: string): string =>
    bytes
      ? cString(bytes.subarray(index * UTS_LENGTH, (index + 1) * UTS_LENGTH))
      : (known?.[key] ?? '');
  if (!bytes && !known) throw new MissingError('symbol', 'init_uts_ns');
  return {
    sysname: part(0, 'sysname'),
    nodename: part(1, 'nodename'),
    release: part(2, 'release'),
    version: part(3, 'version'),
    machine: part(4, 'machine'),
    domainname: part(5, 'domainname'),
  };
}
