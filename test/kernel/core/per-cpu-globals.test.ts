import { describe, expect, test } from 'vitest';
import { GLOBALS } from '../../../src/kernel/core/globals.ts';
import { PER_CPU_DECLARATIONS, SHARED_PER_CPU } from '../../../src/kernel/core/per-cpu-globals.ts';
import { expressionTypes } from '../../../src/kernel/values/variables.ts';
import { parseType } from '../../../src/types/expression/parser.ts';
import { needsDumps, sharedTarget } from '../shared-dumps.ts';

describe('per-CPU variables that are declared', needsDumps, () => {
  test('have the sizes that BTF gives them, where it does', () => {
    const types = expressionTypes(sharedTarget('kd61-null'));
    let compared = 0;
    const wrong: string[] = [];
    for (const name of PER_CPU_DECLARATIONS.flatMap(([, names]) => names.split(/\s+/))) {
      const variable = types.find('var', name);
      const declared = GLOBALS[name]?.find((type) => !type.includes('[*]'));
      if (variable?.kind !== 'var' || declared === undefined) continue;
      compared++;
      if (types.sizeOf(parseType(declared, types)) !== types.sizeOf(variable.type))
        wrong.push(name);
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(250);
  });

  test('are shared between files as BTF says, where it does', () => {
    const { types } = sharedTarget('kd61-null');
    const wrong = [...SHARED_PER_CPU].filter((name) => {
      const variable = types.find('var', name);
      return variable?.kind === 'var' && variable.isStatic === true;
    });
    // 5.10 had it in two files, 6.1 in one.
    expect(wrong).toEqual(['load_balance_mask']);
  });
});
