import { describe, expect, it } from 'vitest';
import { plainAddresses } from '../../../src/session/line/pasted.ts';
import { splitRedirection, splitWords, withoutPrompt } from '../../../src/session/line/words.ts';

const names = {
  symbol: (name: string) => (name === 'faulty_null' ? 0xffffffffc0345000n : undefined),
  register: (name: string) => (name === 'rsp' ? 0xffffcca9004fb000n : undefined),
};
const plain = (line: string): string => plainAddresses(splitWords(line), names).join(' ');

describe('pasted addresses', () => {
  it.each([
    ['[<ffffffff9e764067>]', 'ffffffff9e764067'],
    ['ffffffffc0345005:', 'ffffffffc0345005'],
    ['ffffffffc0345005,', 'ffffffffc0345005'],
    ['faulty_null+0x5/0x10 [faulty]', 'ffffffffc0345005'],
    ['? faulty_null+0x5/0x10 [faulty]', 'ffffffffc0345005'],
    ['RIP: 0010:faulty_null+0x5/0x10 [faulty]', 'ffffffffc0345005'],
    ['RSP: 0018:ffffcca9004fbf00', 'ffffcca9004fbf00'],
    ['%rsp', 'ffffcca9004fb000'],
    ['#1 [ffffcca9004fbcc0] __crash_kexec at ffffffff9e764067', 'ffffffff9e764067'],
  ])('%s means %s', (line, address) => expect(plain(line)).toBe(address));

  it.each(['ffffffffc0345005 4', 'schedule', '-e 10', 'none+0x5/0x10', '%zzz', '1,2'])(
    '%s stays as it is',
    (line) => expect(plain(line)).toBe(line),
  );
});

describe('pasted lines', () => {
  it('loses the prompts', () => {
    expect(withoutPrompt('crash> crash> bt -a')).toBe('bt -a');
    expect(withoutPrompt('bt')).toBe('bt');
  });

  it.each([
    '>     1      0   0  ffff898b811fa0c0  RU   0.2     2260     1740  init',
    ' [<ffffffff9e764067>] ? __crash_kexec+0x77/0x100',
    '   PUD: 18c01170 => 18c02067',
    '--- <IRQ stack> --- x',
    'ps > 18c02067',
    'p a->b',
  ])('no file is written for %s', (line) =>
    expect(splitRedirection(line).redirection).toBeUndefined(),
  );

  it.each(['ps > out.txt', 'ps >out', 'ps >> /tmp/out', 'ps> out'])('a file is for %s', (line) =>
    expect(splitRedirection(line).redirection?.to).toBe('file'),
  );

  it("takes every > by crash's rule", () =>
    expect(splitRedirection('ps>12', 'crash').redirection).toMatchObject({ path: '12' }));
});
