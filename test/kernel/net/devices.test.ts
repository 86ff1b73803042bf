import { expect, test } from 'vitest';
import { ipv4Text, ipv6Groups, ipv6Text } from '../../../src/kernel/net/devices.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

test('an IPv4 address is four bytes in network order', () => {
  expect(ipv4Text(bytes('c0000207'))).toBe('192.0.2.7');
});

test.each([
  ['00000000000000000000000000000001', '::1'],
  ['00000000000000000000000000000000', '::'],
  ['fe8000000000000098d087fffe79f0b3', 'fe80::98d0:87ff:fe79:f0b3'],
  ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
  ['20010db8000000000001000000000000', '2001:db8:0:0:1::'],
  ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  ['20010000000100010001000100010001', '2001:0:1:1:1:1:1:1'],
])('%s is the IPv6 address %s', (hex, text) => {
  expect(ipv6Text(bytes(hex))).toBe(text);
});

test('a socket shows every group of an IPv6 address', () => {
  expect(ipv6Groups(bytes('00000000000000000000000000000001'))).toBe('0:0:0:0:0:0:0:1');
});
