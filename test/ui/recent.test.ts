import { expect, test } from 'vitest';
import { RecentAddresses } from '../../src/ui/recent.ts';

test('addresses of the last output are remembered, newest first, each once, small numbers not', () => {
  const recent = new RecentAddresses();
  const print = (line: string, text: string): void => {
    recent.begin(line);
    recent.text(text);
    recent.end();
  };
  print('bt 1', 'TASK: ffff888100000001  at ffffffff81000000\n');
  print('rd x', 'ffff888100000002: 0000000000000010 ffff888100000001\n');
  expect(recent.candidates().map(({ text, detail }) => `${text} ${detail}`)).toEqual([
    'ffff888100000001 printed by rd',
    'ffff888100000002 printed by rd',
    'ffffffff81000000 printed by bt',
  ]);
});

test('of a long output only the end is looked through', () => {
  const recent = new RecentAddresses();
  recent.begin('x');
  recent.text('ffff888100000001\n');
  for (let i = 0; i < 100; i++) recent.text(`${'-'.repeat(1000)}\n`);
  recent.text('ffff888100000002\n');
  recent.end();
  expect(recent.candidates().map(({ text }) => text)).toEqual(['ffff888100000002']);
});
