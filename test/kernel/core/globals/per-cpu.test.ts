import { describe, expect, test } from 'vitest';
import { PER_CPU, SHARED_PER_CPU } from '../../../../src/kernel/core/globals/per-cpu.ts';
import { expressionTypes } from '../../../../src/kernel/values/variables.ts';
import { parseType } from '../../../../src/types/expression/parser.ts';
import { needsDumps, sharedTarget } from '../../shared-dumps.ts';

describe('per-CPU variables that are declared', needsDumps, () => {
  test('have the sizes that BTF gives them, where it does', () => {
    const target = sharedTarget('kd61-null');
    const types = expressionTypes(target);
    let compared = 0;
    const wrong: string[] = [];
    const declarations = [...PER_CPU, ...target.machine.globals.perCpu];
    for (const name of declarations.flatMap(([, names]) => names.split(/\s+/))) {
      const variable = types.find('var', name);
      const declared = target.declaredTypes(name).find((type) => !type.includes('[*]'));
      if (variable?.kind !== 'var' || declared === undefined) continue;
      compared++;
      if (types.sizeOf(parseType(declared, types)) !== types.sizeOf(variable.type))
        wrong.push(name);
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(250);
  });

  test('are shared between files as BTF says, where it does', () => {
    const { types, machine } = sharedTarget('kd61-null');
    const shared = [...SHARED_PER_CPU, ...machine.globals.sharedPerCpu];
    const wrong = shared.filter((name) => {
      const variable = types.find('var', name);
      return variable?.kind === 'var' && variable.isStatic === true;
    });
    // 5.10 had it in two files, 6.1 in one.
    expect(wrong).toEqual(['load_balance_mask']);
  });
});
