/** A leaf that grows beyond this is split by its names' next character. */
const LEAF = 256;

interface Node {
  /** Names that end here or are not split yet; sorted and without doubles when `sorted`. */
  names: string[];
  sorted: boolean;
  children: Map<string, Node> | undefined;
  size: number;
}

const leaf = (): Node => ({ names: [], sorted: true, children: undefined, size: 0 });

/** Matches of a prefix. */
export interface PrefixMatches {
  /** The first few, in order. */
  readonly first: readonly string[];
  /** Number of matches; doubles may count twice. */
  readonly total: number;
  /** Longest common beginning of all matches. */
  readonly common: string;
}

/**
 * An index of names by prefix: 200,000 are inserted unsorted, and a query sorts only the leaves that its answer shows.
 */
export class PrefixIndex {
  readonly #root = leaf();

  get size(): number {
    return this.#root.size;
  }

  add(name: string): void {
    let node = this.#root;
    for (let depth = 0; ; depth++) {
      node.size++;
      if (node.children === undefined || depth >= name.length) {
        node.names.push(name);
        node.sorted = false;
        if (node.children === undefined && node.names.length > LEAF) split(node, depth);
        return;
      }
      const key = name[depth] as string;
      let child = node.children.get(key);
      if (child === undefined) {
        child = leaf();
        node.children.set(key, child);
      }
      node = child;
    }
  }

  /** Whether any name has the prefix. */
  has(prefix: string): boolean {
    return this.find(prefix, 1).first.length > 0;
  }

  find(prefix: string, limit: number): PrefixMatches {
    let node = this.#root;
    let depth = 0;
    while (node.children !== undefined && depth < prefix.length) {
      const child = node.children.get(prefix[depth] as string);
      if (child === undefined) return { first: [], total: 0, common: prefix };
      node = child;
      depth++;
    }
    if (node.children === undefined) return inLeaf(node, prefix, limit);
    const first: string[] = [];
    for (const name of inOrder(node)) {
      if (first.length >= limit) break;
      first.push(name);
    }
    return { first, total: node.size, common: commonOf(node, prefix) };
  }
}

function inLeaf(node: Node, prefix: string, limit: number): PrefixMatches {
  const names = sorted(node).filter((name) => name.startsWith(prefix));
  return {
    first: names.slice(0, limit),
    total: names.length,
    common: names.length === 0 ? prefix : shared(names[0] as string, names.at(-1) as string),
  };
}

function sorted(node: Node): readonly string[] {
  if (!node.sorted) {
    node.names = [...new Set(node.names)].sort();
    node.sorted = true;
  }
  return node.names;
}

/** Names shorter than the depth stay; the others move to the children. */
function split(node: Node, depth: number): void {
  const { names } = node;
  // A leaf of one name, many times, cannot be split.
  const unique = new Set(names);
  if (unique.size <= LEAF / 2) {
    node.names = [...unique];
    node.sorted = false;
    return;
  }
  node.names = [];
  const children = new Map<string, Node>();
  node.children = children;
  for (const name of unique) {
    const key = name[depth];
    if (key === undefined) {
      node.names.push(name);
      continue;
    }
    let child = children.get(key);
    if (child === undefined) {
      child = leaf();
      children.set(key, child);
    }
    child.names.push(name);
    child.sorted = false;
    child.size++;
  }
}

function* inOrder(node: Node): Generator<string> {
  yield* sorted(node);
  if (node.children === undefined) return;
  for (const key of [...node.children.keys()].sort())
    yield* inOrder(node.children.get(key) as Node);
}

/** All names below go through one child, and none ends before: that child's character is common. */
function commonOf(node: Node, prefix: string): string {
  let common = prefix;
  let at = node;
  while (at.children !== undefined && at.children.size === 1 && at.names.length === 0) {
    const [[key, child]] = [...at.children] as [[string, Node]];
    common += key;
    at = child;
  }
  if (at.children !== undefined) return common;
  const names = sorted(at);
  return names.length === 0 ? common : shared(names[0] as string, names.at(-1) as string);
}

function shared(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
