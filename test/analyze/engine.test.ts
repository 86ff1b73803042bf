import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildImage } from '../../dumps/index.ts';
import { analysisOf } from '../../src/analyze/analyze.ts';
import { CLASS_NAMES } from '../../src/analyze/classes.ts';
import { fact, lowered } from '../../src/analyze/facts.ts';
import { reportOf } from '../../src/analyze/report.ts';
import { chooseFact } from '../../src/analyze/rules/choose.ts';
import { signatureOf } from '../../src/analyze/signature.ts';
import { ticketText } from '../../src/output/analyze/ticket.ts';
import { openBytes } from '../dumps/open-image.ts';

const found = (name: (typeof CLASS_NAMES)[number], certainty: 'certain' | 'likely' | 'possible') =>
  fact({ class: name, certainty, summary: name });
const chosen = (...facts: ReturnType<typeof found>[]) => chooseFact(facts)?.class;

describe('of several facts', () => {
  it('a cause stands over its effect, whichever was found first', () => {
    const [cause, effect] = [found('use-after-free', 'likely'), found('poison-pointer', 'certain')];
    expect(chosen(cause, effect)).toBe('use-after-free');
    expect(chosen(effect, cause)).toBe('use-after-free');
  });
  it('one that is only possible explains nothing', () => {
    expect(chosen(found('use-after-free', 'possible'), found('poison-pointer', 'certain'))).toBe(
      'poison-pointer',
    );
  });
  it('of those that do not explain each other the earlier one in the order is the cause', () => {
    expect(chosen(found('hung-task', 'certain'), found('machine-check', 'likely'))).toBe(
      'machine-check',
    );
  });
  it('none is none', () => expect(chosen()).toBeUndefined());
});

it('each contradiction lowers a certainty by one word, down to possible', () => {
  expect([0, 1, 2, 9].map((steps) => lowered('certain', steps))).toEqual([
    'certain',
    'likely',
    'possible',
    'possible',
  ]);
  expect(lowered('likely', 1)).toBe('possible');
});

describe('a signature', () => {
  it('is what docs/analyze.md computes: text and hash of its examples', () => {
    const docs = readFileSync(new URL('../../docs/analyze.md', import.meta.url), 'utf8');
    const rows = [...docs.matchAll(/^\| `(v1[^`]*)` \| ([0-9a-f]{16}) \|$/gm)];
    expect(rows).toHaveLength(3);
    for (const [, text = '', hash] of rows) {
      const plain = text.replaceAll('\\|', '|');
      expect(createHash('sha256').update(plain).digest('hex').slice(0, 16)).toBe(hash);
    }
  });
  it('has empty places for frames that are missing, and no bar from a name', () => {
    expect(signatureOf({ class: 'running', subject: undefined }, [])).toEqual({
      version: 1,
      text: 'v1|running||||',
      hash: 'b2e6d43739e423cb',
    });
    expect(signatureOf({ class: 'bug', subject: 'a|b' }, []).text).toBe('v1|bug|a_b|||');
  });
});

describe('the contract', () => {
  it('lists in docs/json.schema.json the classes that there are', () => {
    const schema = readFileSync(new URL('../../docs/json.schema.json', import.meta.url), 'utf8');
    for (const name of CLASS_NAMES) expect(schema).toContain(`"${name}"`);
    expect(new Set(CLASS_NAMES).size).toBe(41);
  });
});

describe('a ticket', () => {
  const target = openBytes(buildImage('mutex-deadlock'));
  const records = [...reportOf(target, analysisOf(target))].map((record) =>
    record.kind === 'identity'
      ? { ...record, nodename: '<script>alert(1)</script>|`x`\u001b[2J', message: '</pre><b>' }
      : record,
  );
  it('in HTML has no element and no control of a hostile name', () => {
    const html = ticketText(records, 'html');
    expect(html).not.toMatch(/<script|<b>|\u001b/);
    expect(html).toContain('&#60;script&#62;');
  });
  it('in Markdown escapes the marks of a hostile name', () => {
    const markdown = ticketText(records, 'markdown');
    expect(markdown).toContain('\\<script\\>alert(1)\\</script\\>\\|\\`x\\`');
    expect(markdown).not.toContain('\u001b');
  });
});
