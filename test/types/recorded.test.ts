import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { va } from '../../src/base/address.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { evaluateExpression } from '../../src/types/expression/evaluate.ts';
import { ExpressionTypes } from '../../src/types/expression/expression-types.ts';
import { answerText, resultText } from '../../src/types/expression/result-text.ts';
import type { Value } from '../../src/types/expression/value.ts';
import { memberOnlyDeclaration, typeDeclaration } from '../../src/types/struct-decl.ts';
import { memberText, type ValueEnvironment } from '../../src/types/value.ts';
import { expectedPath, needsDumps, RECORDED, sharedTarget } from '../kernel/shared-dumps.ts';

/**
 * Types, values and expressions held to what crash 8.0.6 printed for the real dumps beside the repository, without the
 * commands between: what is wrong here is wrong in src/types.
 */

/** The recorded answers of a dump's struct group: [command, answer]. */
function recorded(dump: string): [string, string][] {
  const text = readFileSync(expectedPath(dump, 'struct'), 'utf8');
  return text
    .split(/^crash> /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      const [command = '', head] = part.slice(0, end).split(/ \| head -/);
      const answer = part.slice(end + 1).trimEnd();
      return head === undefined ? [command, answer] : [`${command} # ${head}`, answer];
    });
}

/** As many lines as `| head -N` left. */
const cut = (text: string, command: string): string => {
  const head = /# (\d+)$/.exec(command)?.[1];
  return head === undefined ? text : text.split('\n').slice(0, Number(head)).join('\n');
};

/** Declarations of the globals that the recorded expressions use. */
const GLOBALS: Readonly<Record<string, string>> = {
  init_task: 'struct task_struct',
  init_uts_ns: 'struct uts_namespace',
  jiffies: 'volatile unsigned long',
  jiffies_64: 'u64',
};

const environmentOf = (target: Target): ValueEnvironment => ({
  types: target.types,
  symbolize(address) {
    const found = target.symbols.inRange(va(address)) ? target.symbols.at(va(address)) : undefined;
    if (!found) return undefined;
    return found.offset === 0 ? found.symbol.name : `${found.symbol.name}+${found.offset}`;
  },
  read: (address, length) => target.kernel.read(va(address), length),
});

describe.each(RECORDED)('%s', needsDumps, (dump) => {
  let target: Target;
  let types: Target['types'];
  let answers: [string, string][];
  let environment: ValueEnvironment;
  beforeAll(() => {
    target = sharedTarget(dump);
    types = target.types;
    answers = recorded(dump);
    environment = environmentOf(target);
  });

  test('structures are declared as recorded', () => {
    let checked = 0;
    for (const [command, answer] of answers) {
      const parts =
        /^(?:struct|whatis|enum|\*) (-[of] )?(?:enum )?(\w+)(?:\.(\w+))?(?: #.*)?$/.exec(command);
      if (!parts || /invalid|cannot resolve|;$/.test(answer.split('\n')[0]!)) continue;
      const [, option, name = '', member] = parts;
      const found =
        types.find('struct', name) ?? types.find('typedef', name) ?? types.find('enum', name);
      if (found === undefined && !/^(struct|enum)/.test(answer)) continue;
      expect(found, command).toBeDefined();
      const text =
        member === undefined
          ? typeDeclaration(types, found!.id, { offsets: option !== undefined })
          : memberOnlyDeclaration(types, types.struct(name), member);
      expect(cut(text ?? '', command), command).toBe(answer);
      checked++;
    }
    expect(checked).toBeGreaterThan(8);
  });

  test('members have the recorded values', () => {
    let checked = 0;
    for (const [command, answer] of answers) {
      const parts = /^(?:struct )?(task_struct)\.([\w,]+) ([0-9a-f]+)( -x)?$/.exec(command);
      if (!parts || answer.includes('invalid')) continue;
      const [, name = '', list = '', address = '', hex] = parts;
      const struct = types.struct(name);
      const base = BigInt(`0x${address}`);
      const bytes = environment.read(base, struct.size);
      const lines = list.split(',').map((wanted) => {
        const member = struct.members.find((each) => each.name === wanted);
        if (member === undefined) throw new Error(`no ${wanted} outside anonymous members`);
        const style = { level: 1, radix: hex ? 16 : 10 } as const;
        const place = { bytes, offset: 0, address: base };
        return `  ${wanted} = ${memberText(environment, member, place, style)},`;
      });
      expect(lines.join('\n'), command).toBe(answer);
      checked++;
    }
    expect(checked).toBeGreaterThan(2);
  });

  test('expressions have the recorded answers', () => {
    const history: Value[] = [];
    const own = new ExpressionTypes(types);
    let checked = 0;
    for (const [command, answer] of answers) {
      const parts = /^p(?:\/([xd]))? (-x )?(.*)$/.exec(command);
      const number = /\$(\d+) = /.exec(answer)?.[1];
      if (!parts || number === undefined) continue;
      const [, letter, hex, text = ''] = parts;
      const root = /[A-Za-z_]\w*/.exec(text.replace(/sizeof.*|\(long\)/, ''))?.[0];
      if (text.includes(':') || (root !== undefined && GLOBALS[root] === undefined)) continue;
      const value = evaluateExpression(text, {
        types: own,
        history,
        read: environment.read,
        symbol: (name) => {
          const address = target.findSymbol(name);
          return address === undefined ? undefined : { address, type: GLOBALS[name] };
        },
        perCpu: () => {
          throw new Error('not here');
        },
      });
      const style = {
        radix: hex ? 16 : 10,
        ...(letter !== undefined && { letter: letter as 'x' | 'd' }),
      } as const;
      const printed = resultText(value, environment, style);
      const name = GLOBALS[text] === undefined ? undefined : text;
      expect(answerText(Number(number), name, printed), command).toBe(answer);
      checked++;
    }
    expect(checked).toBeGreaterThan(6);
  });
});
