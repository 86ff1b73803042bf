import { CrashError } from '../../base/errors.ts';

/** An expression that cannot be understood or evaluated. `at` is where in `expression` the trouble begins. */
export class ExpressionError extends CrashError {
  override name = 'ExpressionError';
  readonly expression: string;
  readonly at: number;
  constructor(message: string, expression: string, at: number) {
    super(message);
    this.expression = expression;
    this.at = at;
  }
}
