import { ExpressionError, type UnknownName } from './error.ts';
import { type Token, tokenize } from './lexer.ts';

/** Deepest nesting of parentheses, operators and declarators. */
const MAX_DEPTH = 200;

/** A position in a list of tokens, with the moves that parsers make. */
export class TokenStream {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)]!;
  }

  take(): Token {
    const token = this.peek();
    if (this.#next < this.#tokens.length - 1) this.#next++;
    return token;
  }

  /** The position, for {@link reset}. */
  get mark(): number {
    return this.#next;
  }

  reset(mark: number): void {
    this.#next = mark;
  }

  isOperator(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'operator' && token.text === text;
  }

  accept(text: string): boolean {
    if (!this.isOperator(text)) return false;
    this.take();
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.syntaxError();
  }

  expectName(): string {
    const token = this.peek();
    if (token.kind !== 'name') throw this.syntaxError();
    this.take();
    return token.text;
  }

  /** gdb's message, at the next token. */
  syntaxError(): ExpressionError {
    const { at } = this.peek();
    return this.error(`A syntax error in expression, near \`${this.text.slice(at)}'.`, at);
  }

  error(message: string, at: number): ExpressionError {
    return new ExpressionError(message, this.text, at);
  }

  /** The error for an unknown name. */
  unknown(message: string, at: number, unknown: UnknownName): ExpressionError {
    const error = this.error(message, at);
    error.unknown = unknown;
    return error;
  }

  /** Runs one level of recursion. Throws at the nesting limit. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      throw this.error('the expression is nested too deeply', this.peek().at);
    }
    try {
      return parse();
    } finally {
      this.#depth--;
    }
  }
}
