import { CrashError } from '../../base/errors.ts';

/** An unknown name; a member's `of` is the structure that lacks it. */
export interface UnknownName {
  readonly kind: 'symbol' | 'type' | 'member';
  readonly name: string;
  readonly of?: string;
}

/** An expression that cannot be parsed or evaluated. `at` is the offset of the fault in `expression`. */
export class ExpressionError extends CrashError {
  override name = 'ExpressionError';
  /** The unknown name, when the fault is one. */
  unknown: UnknownName | undefined;
  readonly expression: string;
  readonly at: number;
  constructor(message: string, expression: string, at: number) {
    super(message);
    this.expression = expression;
    this.at = at;
  }
}
