import type { ExpressionTypes } from './expression-types.ts';
import type { Node, UnaryOperator } from './syntax.ts';
import { TokenStream } from './tokens.ts';
import { parseTypeName, startsTypeName } from './type-names.ts';

/** Binary operators and how strongly they bind; `@` as gdb has it, between shifts and sums. */
const BINDING: Readonly<Record<string, number>> = {
  ',': 1,
  '?': 2,
  '||': 3,
  '&&': 4,
  '|': 5,
  '^': 6,
  '&': 7,
  '==': 8,
  '!=': 8,
  '<': 9,
  '>': 9,
  '<=': 9,
  '>=': 9,
  '<<': 10,
  '>>': 10,
  '@': 11,
  '+': 12,
  '-': 12,
  '*': 13,
  '/': 13,
  '%': 13,
};
const UNARY = new Set(['+', '-', '!', '~', '*', '&']);
const CHANGES = new Set([
  '=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  '<<=',
  '>>=',
  '++',
  '--',
]);

/** Names that the parser must know to tell a cast from an expression. */
export interface ParserNames {
  readonly types: ExpressionTypes;
  /** Whether a symbol of that name exists: it hides a typedef. */
  isVariable(name: string): boolean;
}

/** Parses a whole C expression. Throws ExpressionError. */
export function parseExpression(text: string, names: ParserNames): Node {
  const tokens = new TokenStream(text);
  const parser = new Parser(tokens, names);
  const node = parser.expression(0);
  const next = tokens.peek();
  if (CHANGES.has(next.text) && next.kind === 'operator') {
    throw tokens.error('a dump cannot be written to', next.at);
  }
  if (next.kind !== 'end') throw tokens.syntaxError();
  return node;
}

/** Parses a type name and nothing else: the text of a cast or of a declaration without its name. */
export function parseType(text: string, types: ExpressionTypes): number {
  const tokens = new TokenStream(text);
  const type = parseTypeName(tokens, types);
  if (tokens.peek().kind !== 'end') throw tokens.syntaxError();
  return type;
}

class Parser {
  readonly #tokens: TokenStream;
  readonly #names: ParserNames;

  constructor(tokens: TokenStream, names: ParserNames) {
    this.#tokens = tokens;
    this.#names = names;
  }

  /** An expression of operators that bind more strongly than `minimum`. */
  expression(minimum: number): Node {
    return this.#tokens.nested(() => {
      let left = this.#unary();
      for (;;) {
        const token = this.#tokens.peek();
        const binding = token.kind === 'operator' ? BINDING[token.text] : undefined;
        if (binding === undefined || binding <= minimum) return left;
        this.#tokens.take();
        left =
          token.text === '?'
            ? this.#conditional(token.at, left)
            : {
                kind: 'binary',
                at: token.at,
                operator: token.text,
                left,
                right: this.expression(binding),
              };
      }
    });
  }

  #conditional(at: number, test: Node): Node {
    const then = this.expression(0);
    this.#tokens.expect(':');
    // Right-associative: a ? b : c ? d : e.
    const otherwise = this.expression(BINDING['?']! - 1);
    return { kind: 'conditional', at, test, then, otherwise };
  }

  #unary(): Node {
    return this.#tokens.nested(() => {
      const token = this.#tokens.peek();
      if (token.kind === 'name' && token.text === 'sizeof') return this.#sizeof(token.at);
      if (token.kind !== 'operator') return this.#postfix(this.#primary());
      if (UNARY.has(token.text)) {
        this.#tokens.take();
        return {
          kind: 'unary',
          at: token.at,
          operator: token.text as UnaryOperator,
          operand: this.#unary(),
        };
      }
      if (token.text === '{') {
        this.#tokens.take();
        const type = this.#type();
        this.#tokens.expect('}');
        return { kind: 'memory', at: token.at, type, address: this.#unary() };
      }
      if (token.text === '(') {
        const mark = this.#tokens.mark;
        this.#tokens.take();
        if (this.#startsType()) {
          const type = this.#type();
          this.#tokens.expect(')');
          return { kind: 'cast', at: token.at, type, operand: this.#unary() };
        }
        this.#tokens.reset(mark);
      }
      return this.#postfix(this.#primary());
    });
  }

  #sizeof(at: number): Node {
    this.#tokens.take();
    if (this.#tokens.isOperator('(')) {
      const mark = this.#tokens.mark;
      this.#tokens.take();
      if (this.#startsType()) {
        const type = this.#type();
        this.#tokens.expect(')');
        return { kind: 'sizeof-type', at, type };
      }
      this.#tokens.reset(mark);
    }
    return { kind: 'unary', at, operator: 'sizeof', operand: this.#unary() };
  }

  #postfix(primary: Node): Node {
    let node = primary;
    for (;;) {
      const { at } = this.#tokens.peek();
      if (this.#tokens.accept('.') || this.#tokens.accept('->')) {
        node = { kind: 'member', at, operand: node, member: this.#tokens.expectName() };
      } else if (this.#tokens.accept('[')) {
        const index = this.expression(0);
        this.#tokens.expect(']');
        node = { kind: 'index', at, operand: node, index };
      } else if (this.#tokens.isOperator('(')) {
        throw this.#tokens.error("You can't do that without a process to debug.", at);
      } else {
        return node;
      }
    }
  }

  #primary(): Node {
    const token = this.#tokens.peek();
    switch (token.kind) {
      case 'integer':
      case 'float':
      case 'character':
        this.#tokens.take();
        return token;
      case 'string':
        this.#tokens.take();
        return token;
      case 'history':
        this.#tokens.take();
        return { kind: 'history', at: token.at, name: token.text };
      case 'name':
        this.#tokens.take();
        return (
          this.#macro(token.text, token.at) ?? { kind: 'name', at: token.at, name: token.text }
        );
      default:
        if (!this.#tokens.accept('(')) throw this.#tokens.syntaxError();
    }
    const inner = this.expression(0);
    this.#tokens.expect(')');
    // An operand after `(name)`: a cast to an unknown type.
    const next = this.#tokens.peek().kind;
    if (inner.kind === 'name' && next !== 'operator' && next !== 'end') {
      const { name, at } = inner;
      throw this.#tokens.unknown(`No symbol "${name}" in current context.`, at, {
        kind: 'symbol',
        name,
      });
    }
    return inner;
  }

  /** The kernel's macros: `container_of(p, type, member)`, `offsetof`, `per_cpu(name, cpu)`. */
  #macro(name: string, at: number): Node | undefined {
    const tokens = this.#tokens;
    if (!tokens.isOperator('(') || this.#names.isVariable(name)) return undefined;
    if (name === 'offsetof') {
      tokens.take();
      const type = this.#type();
      tokens.expect(',');
      return { kind: 'offsetof', at, type, path: this.#memberPath() };
    }
    if (name === 'container_of') {
      tokens.take();
      const pointer = this.expression(BINDING[',']!);
      tokens.expect(',');
      const type = this.#type();
      tokens.expect(',');
      return { kind: 'container_of', at, pointer, type, path: this.#memberPath() };
    }
    if (name !== 'per_cpu') return undefined;
    tokens.take();
    const variable = tokens.expectName();
    tokens.expect(',');
    const cpu = this.expression(BINDING[',']!);
    tokens.expect(')');
    return { kind: 'per_cpu', at, name: variable, cpu };
  }

  /** `a.b[3].c` and the parenthesis that ends the macro. */
  #memberPath(): string {
    let path = this.#tokens.expectName();
    while (!this.#tokens.accept(')')) {
      if (this.#tokens.accept('.')) {
        path += `.${this.#tokens.expectName()}`;
        continue;
      }
      this.#tokens.expect('[');
      const index = this.#tokens.take();
      if (index.kind !== 'integer')
        throw this.#tokens.error(`bad array index: ${index.text}`, index.at);
      this.#tokens.expect(']');
      path += `[${index.value}]`;
    }
    return path;
  }

  #startsType(): boolean {
    return startsTypeName(this.#tokens, this.#names.types, (name) => this.#names.isVariable(name));
  }

  #type(): number {
    return parseTypeName(this.#tokens, this.#names.types);
  }
}
