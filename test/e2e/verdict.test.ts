import { afterEach, describe, expect, test } from 'vitest';
import { needsTerminal, Pane } from './pane.ts';

const VERDICT = 'VERDICT: null-pointer (certain) faulty_null@faulty';

describe('the verdict in the banner', needsTerminal, () => {
  let pane: Pane;
  afterEach(() => pane.close());

  test('comes above the prompt when it is ready, and keeps what was typed', async () => {
    pane = new Pane();
    await pane.start('--no-crashrc');
    pane.type('sym pan');
    await pane.see(VERDICT);
    await pane.see(/^crash> sym pan/m);
    const lines = pane.screen().split('\n');
    const at = lines.findIndex((line) => line.includes(VERDICT));
    expect(lines.findIndex((line) => line.startsWith('crash> sym pan'))).toBeGreaterThan(at);
  });

  test('waits for a command that runs', async () => {
    pane = new Pane();
    await pane.start('--no-crashrc');
    pane.run('!sleep 2; echo slept');
    await pane.see('slept');
    await pane.see(VERDICT);
    const text = pane.everything();
    expect(text.indexOf(VERDICT)).toBeGreaterThan(text.lastIndexOf('slept'));
  });

  test('is not looked for without a banner', async () => {
    pane = new Pane();
    await pane.start('-s --no-crashrc');
    await pane.ran('sym panic');
    await pane.quiet();
    expect(pane.everything()).not.toContain('VERDICT');
  });
});
