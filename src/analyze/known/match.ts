import type { Analysis } from '../analyze.ts';
import { type IssueRule, isInRange, type KnownIssue } from './rule.ts';

/** The rules that fit an analysis, in their order; those for other kernels are left out. */
export function knownIssues(
  analysis: Analysis,
  release: string | undefined,
  rules: readonly IssueRule[],
): readonly KnownIssue[] {
  return rules.flatMap((rule) => {
    if (!fits(analysis, rule)) return [];
    const { kernels } = rule;
    if (kernels && release !== undefined && !kernels.some((range) => isInRange(release, range)))
      return [];
    const isOtherKernel = kernels !== undefined && release === undefined;
    const certainty = isOtherKernel ? 'possible' : analysis.verdict.certainty;
    return [{ rule, certainty, isOtherKernel }];
  });
}

function fits({ verdict, scene, quotes }: Analysis, { when }: IssueRule): boolean {
  const matches = (pattern: string | undefined, texts: readonly string[]): boolean => {
    if (pattern === undefined) return true;
    const expression = new RegExp(pattern);
    return texts.some((text) => expression.test(text));
  };
  return (
    (when.class === undefined || when.class.includes(verdict.class)) &&
    matches(when.subject, [verdict.subject ?? '']) &&
    matches(
      when.frame,
      scene.calls.map(({ name }) => name),
    ) &&
    matches(when.log, quotes)
  );
}
