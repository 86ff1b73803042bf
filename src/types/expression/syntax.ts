/** A parsed expression. `at` is the place in the text of the word that stands for the node. */
export type Node =
  | {
      readonly kind: 'integer';
      readonly at: number;
      readonly value: bigint;
      readonly unsigned: boolean;
      readonly longs: 0 | 1 | 2;
    }
  | {
      readonly kind: 'float';
      readonly at: number;
      readonly value: number;
      readonly single: boolean;
    }
  | { readonly kind: 'character'; readonly at: number; readonly value: number }
  | { readonly kind: 'string'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  | { readonly kind: 'history'; readonly at: number; readonly name: string }
  | {
      readonly kind: 'unary';
      readonly at: number;
      readonly operator: UnaryOperator;
      readonly operand: Node;
    }
  | {
      readonly kind: 'binary';
      readonly at: number;
      readonly operator: string;
      readonly left: Node;
      readonly right: Node;
    }
  | {
      readonly kind: 'conditional';
      readonly at: number;
      readonly test: Node;
      readonly then: Node;
      readonly otherwise: Node;
    }
  | {
      readonly kind: 'member';
      readonly at: number;
      readonly operand: Node;
      readonly member: string;
    }
  | { readonly kind: 'index'; readonly at: number; readonly operand: Node; readonly index: Node }
  | { readonly kind: 'cast'; readonly at: number; readonly type: number; readonly operand: Node }
  | { readonly kind: 'sizeof-type'; readonly at: number; readonly type: number }
  /** `{type} address`. */
  | { readonly kind: 'memory'; readonly at: number; readonly type: number; readonly address: Node }
  | { readonly kind: 'offsetof'; readonly at: number; readonly type: number; readonly path: string }
  | {
      readonly kind: 'container_of';
      readonly at: number;
      readonly pointer: Node;
      readonly type: number;
      readonly path: string;
    }
  | { readonly kind: 'per_cpu'; readonly at: number; readonly name: string; readonly cpu: Node };

/** C's operators with one operand. */
export type UnaryOperator = '+' | '-' | '!' | '~' | '*' | '&' | 'sizeof';
