import { CrashError } from '../../base/errors.ts';

/** A name that nothing has; a member's `of` is the structure that lacks it. */
export interface UnknownName {
  readonly kind: 'symbol' | 'type' | 'member';
  readonly name: string;
  readonly of?: string;
}

/** An expression that cannot be understood or evaluated. `at` is where in `expression` the trouble begins. */
export class ExpressionError extends CrashError {
  override name = 'ExpressionError';
  /** The name that is none, and of what, when it is a name that is wrong. */
  unknown: UnknownName | undefined;
  readonly expression: string;
  readonly at: number;
  constructor(message: string, expression: string, at: number) {
    super(message);
    this.expression = expression;
    this.at = at;
  }
}
