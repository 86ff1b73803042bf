import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_RULES } from '../../src/analyze/known/built-in.ts';
import { compareReleases, isInRange } from '../../src/analyze/known/rule.ts';
import { readRules } from '../../src/shared/rule-files.ts';
import { type Seen, SeenFile } from '../../src/shared/seen-file.ts';
import { scratch } from '../run/scratch.ts';

describe('rule files', () => {
  const rule = { id: 'a', title: 't', text: 'x', when: { class: 'bug' } };
  it('that are wrong are told, and the others are read', () => {
    const config = scratch('rules');
    mkdirSync(join(config, 'rules'));
    const write = (name: string, text: string) => writeFileSync(join(config, 'rules', name), text);
    write('1-good.json', JSON.stringify(rule));
    write('2-cut.json', '{"id": ');
    write('3-class.json', JSON.stringify({ ...rule, when: { class: 'gremlins' } }));
    write('4-pattern.json', JSON.stringify({ ...rule, when: { frame: '(' } }));
    write('5-list.json', JSON.stringify([rule, { ...rule, id: 'b' }]));
    write('notes.txt', 'no rule');
    const { rules, problems } = readRules(config);
    expect(rules.slice(BUILT_IN_RULES.length).map(({ id }) => id)).toEqual(['a', 'a', 'b']);
    expect(problems).toHaveLength(3);
    expect(problems[0]).toContain('2-cut.json: ');
    expect(problems[1]).toContain('rule 1: no such class: gremlins');
    expect(problems[2]).toContain('4-pattern.json, rule 1: ');
  });
  it('are none where there is no folder', () => {
    expect(readRules(scratch('rules'))).toEqual({ rules: BUILT_IN_RULES, problems: [] });
    expect(readRules(undefined).rules).toBe(BUILT_IN_RULES);
  });
  it('compare releases number by number', () => {
    expect(compareReleases('4.18.0-305.34.2.el8_4', '4.18.0-305.91.1')).toBeLessThan(0);
    expect(compareReleases('6.10.0', '6.9.0')).toBeGreaterThan(0);
    expect(isInRange('6.1.30', { from: '5.10', before: '6.1.30' })).toBe(false);
    expect(isInRange('6.1.29.deb', { from: '5.10', before: '6.1.30', like: '.deb' })).toBe(true);
  });
});

describe('a file of deaths', () => {
  const death = (time: string): Seen => ({
    signature: 'v1|bug||||',
    hash: '0123456789abcdef',
    release: '6.1.0',
    node: 'n',
    time,
  });
  const signature = { version: 1, text: 'v1|bug||||', hash: '0123456789abcdef' } as const;
  it('remembers the same dump once, and tells of others only', () => {
    const path = join(scratch('seen'), 'seen.jsonl');
    for (const time of ['t1', 't1', 't2']) new SeenFile(path).remember(death(time));
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(2);
    const file = new SeenFile(path);
    expect(file.earlier(signature, death('t2'))).toEqual({
      count: 1,
      first: 't1 on n (6.1.0)',
      last: 't1 on n (6.1.0)',
    });
    expect(file.earlier({ ...signature, hash: 'f'.repeat(16) }, death('t3'))).toBeUndefined();
  });
  it('keeps lines that are none of ours', () => {
    const path = join(scratch('seen'), 'seen.jsonl');
    const foreign = 'hello\n{"other":1}\n[]\n';
    writeFileSync(path, foreign);
    new SeenFile(path).remember(death('t1'));
    expect(readFileSync(path, 'utf8')).toBe(`${foreign}${JSON.stringify(death('t1'))}\n`);
  });
});
