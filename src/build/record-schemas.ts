import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * JSON Schemas of what `--json` prints, made from the types of the commands' records: the third argument of
 * CommandSpec. The brand of a bigint says whether it is an address or a pattern of bits, or a quantity.
 */

/** A part of a JSON Schema, draft 2020-12. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly description?: string;
}

/** The schemas of all commands' records. */
export interface RecordSchemas {
  /** By command: an object, or with `anyOf` one for each kind. Commands without records are absent. */
  readonly commands: ReadonlyMap<string, Schema>;
  /** What several records have in common, by name. */
  readonly definitions: ReadonlyMap<string, Schema>;
  /** By command: names of members that hold bigints, and what they are. */
  readonly forms: ReadonlyMap<string, ReadonlyMap<string, Form>>;
}
type Form = 'address' | 'quantity';

const ADDRESS: Schema = { type: 'string', pattern: '^-?0x[0-9a-f]+$' };
const QUANTITY: Schema = { type: ['integer', 'string'], pattern: '^-?[0-9]+$' };
const BYTES: Schema = { type: 'string', pattern: '^([0-9a-f]{2})*$' };

/** Reads the types of all commands below a folder. Throws Error for a type that no record may have. */
export function recordSchemas(root: string): RecordSchemas {
  const files = readdirSync(join(root, 'commands'))
    .filter((name) => name.endsWith('.ts') && !['index.ts', 'preloaded.ts'].includes(name))
    .sort()
    .map((name) => join(root, 'commands', name));
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const program = ts.createProgram(files, { ...options, noEmit: true });
  return new SchemaReader(program.getTypeChecker()).read(
    files.flatMap((file) => program.getSourceFile(file) ?? []),
  );
}

/** What a command yields beside records: see CommandBase.run. */
const ITEMS = ['notice', 'nested', 'pause', 'waiting'];
const isItem = (type: ts.Type): boolean => ITEMS.some((name) => type.getProperty(name));

class SchemaReader {
  readonly #checker: ts.TypeChecker;
  readonly #definitions = new Map<string, Schema>();
  readonly #names = new Map<ts.Symbol | ts.Type, string>();
  readonly #forms = new Map<string, Map<string, Form>>();
  /** Where the reader is: the command, and the names of the members on the way. */
  #command = '';
  #path: string[] = [];
  /** Bigints of a definition, by its name: they count for every command that refers to it. */
  readonly #formsOf = new Map<string, Set<string>>();

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  read(sources: readonly ts.SourceFile[]): RecordSchemas {
    const commands = new Map<string, Schema>();
    for (const source of sources) {
      const declared = this.#commandOf(source);
      if (!declared) continue;
      this.#command = declared.name;
      this.#path = [declared.name];
      const { record } = declared;
      if (record.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Never)) continue;
      const kinds = (record.isUnion() ? record.types : [record]).filter((kind) => !isItem(kind));
      if (kinds.length === 0) continue;
      const schemas = kinds.map((kind) => this.#record(kind, kinds.length > 1));
      commands.set(declared.name, schemas.length === 1 ? schemas[0]! : { anyOf: schemas });
    }
    this.#spreadForms(commands);
    return { commands, definitions: this.#definitions, forms: this.#forms };
  }

  /** The command that a file exports, and the type of its records. */
  #commandOf(source: ts.SourceFile): { name: string; record: ts.Type } | undefined {
    const module = this.#checker.getSymbolAtLocation(source);
    const exported = module?.exports?.get(ts.InternalSymbolName.Default);
    const assignment = source.statements.find(ts.isExportAssignment);
    if (!exported || !assignment || !ts.isCallExpression(assignment.expression)) return undefined;
    const type = this.#checker.getTypeAtLocation(assignment.expression);
    const [, , record] = type.aliasTypeArguments ?? [];
    const [spec] = assignment.expression.arguments;
    if (!record || !spec || !ts.isObjectLiteralExpression(spec)) {
      throw new Error(`${source.fileName}: no command`);
    }
    const name = spec.properties.find(
      (property) => ts.isPropertyAssignment(property) && property.name.getText() === 'name',
    );
    if (!name || !ts.isPropertyAssignment(name) || !ts.isStringLiteral(name.initializer)) {
      throw new Error(`${source.fileName}: a command without a name`);
    }
    return { name: name.initializer.text, record };
  }

  /** A record with what every record has. */
  #record(type: ts.Type, needsKind: boolean): Schema {
    const { properties = {}, required = [] } = this.#members(type);
    for (const name of ['command', 'foreach', 'error']) {
      if (name in properties) this.#refuse(`the member ${name} of a record`);
    }
    if (needsKind && !('kind' in properties)) this.#refuse('a record without a kind among others');
    const { kind, ...others } = properties;
    return {
      type: 'object',
      properties: {
        command: { const: this.#command },
        ...(kind ? { kind } : {}),
        foreach: { $ref: '#/$defs/Foreach' },
        ...others,
      },
      required: ['command', ...required],
      additionalProperties: false,
    };
  }

  #type(type: ts.Type): Schema {
    const { flags } = type;
    if (flags & ts.TypeFlags.StringLiteral) return { const: (type as ts.StringLiteralType).value };
    if (flags & ts.TypeFlags.NumberLiteral) return { const: (type as ts.NumberLiteralType).value };
    if (flags & ts.TypeFlags.BooleanLiteral) {
      return { const: this.#checker.typeToString(type) === 'true' };
    }
    if (flags & ts.TypeFlags.StringLike) return { type: 'string' };
    if (flags & ts.TypeFlags.NumberLike) return { type: 'number' };
    if (flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
    if (flags & ts.TypeFlags.BigIntLike) return this.#bigint('quantity');
    if (flags & ts.TypeFlags.Null) return { type: 'null' };
    if (flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) return {};
    if (type.isIntersection() && type.types.some((part) => part.flags & ts.TypeFlags.BigInt)) {
      return this.#bigint('address');
    }
    if (type.isUnion()) return this.#named(type, () => this.#union(type));
    if (flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return this.#object(type);
    return this.#refuse(this.#checker.typeToString(type));
  }

  #bigint(form: Form): Schema {
    const name = this.#path.findLast((step) => step !== '[]') ?? '';
    const owner = this.#path.findLast((step) => step.startsWith('$'));
    if (owner !== undefined) {
      const forms = this.#formsOf.get(owner.slice(1)) ?? new Set();
      this.#formsOf.set(owner.slice(1), forms.add(`${name} ${form}`));
    } else this.#note(this.#command, name, form);
    return form === 'address' ? ADDRESS : QUANTITY;
  }

  #note(command: string, name: string, form: Form): void {
    const forms = this.#forms.get(command) ?? new Map<string, Form>();
    this.#forms.set(command, forms);
    if ((forms.get(name) ?? form) !== form) {
      throw new Error(`${command}: ${name} is an address in one place and a quantity in another`);
    }
    forms.set(name, form);
  }

  /** The members of definitions count for the commands that refer to them. */
  #spreadForms(commands: ReadonlyMap<string, Schema>): void {
    for (const [command, schema] of commands) {
      const seen = new Set<string>();
      const visit = (part: unknown): void => {
        if (typeof part !== 'object' || part === null) return;
        const { $ref } = part as Schema;
        const name = $ref?.slice('#/$defs/'.length);
        if (name !== undefined && !seen.has(name)) {
          seen.add(name);
          for (const noted of this.#formsOf.get(name) ?? []) {
            const [member = '', form] = noted.split(' ');
            this.#note(command, member, form as Form);
          }
          visit(this.#definitions.get(name));
        }
        for (const inner of Object.values(part)) visit(inner);
      };
      visit(schema);
    }
  }

  #union(type: ts.UnionType): Schema {
    const parts = type.types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined));
    const literals = parts.filter(({ flags }) => flags & ts.TypeFlags.StringOrNumberLiteral);
    const schemas = parts
      .filter((part) => !literals.includes(part))
      .filter(({ flags }) => !(flags & ts.TypeFlags.BooleanLiteral))
      .map((part) => this.#type(part));
    if (literals.length > 0) {
      schemas.unshift({ enum: literals.map((part) => (part as ts.LiteralType).value) });
    }
    const booleans = parts.filter(({ flags }) => flags & ts.TypeFlags.BooleanLiteral);
    if (booleans.length > 1) schemas.push({ type: 'boolean' });
    else for (const one of booleans) schemas.push(this.#type(one));
    return schemas.length === 1 ? schemas[0]! : { anyOf: schemas };
  }

  #object(type: ts.Type): Schema {
    if (this.#checker.isArrayType(type) || this.#checker.isTupleType(type)) {
      const items = this.#checker.getTypeArguments(type as ts.TypeReference);
      const schemas = this.#inside('[]', () => items.map((item) => this.#type(item)));
      const unique = [...new Map(schemas.map((one) => [JSON.stringify(one), one])).values()];
      return { type: 'array', items: unique.length === 1 ? unique[0]! : { anyOf: unique } };
    }
    const name = type.symbol?.getName();
    if (name === 'Uint8Array' || name === 'Buffer') return BYTES;
    if (type.symbol && type.symbol.flags & ts.SymbolFlags.Class) {
      return this.#refuse(`an object of class ${name}`);
    }
    return this.#named(type, () => {
      const index = this.#checker.getIndexInfoOfType(type, ts.IndexKind.String);
      if (index) return { type: 'object', additionalProperties: this.#type(index.type) };
      return { type: 'object', ...this.#members(type), additionalProperties: false };
    });
  }

  /** A type with a name of its own stands among the definitions. */
  #named(type: ts.Type, make: () => Schema): Schema {
    const own = type.aliasSymbol ?? (type.isClassOrInterface() ? type.symbol : undefined);
    // Of a generic type each use is another.
    if (!own || type.aliasTypeArguments?.length) return make();
    const key = own;
    const known = this.#names.get(key);
    if (known !== undefined) return { $ref: `#/$defs/${known}` };
    let name = own.getName();
    for (let n = 2; this.#definitions.has(name); n++) name = `${own.getName()}${n}`;
    this.#names.set(key, name);
    this.#definitions.set(name, {});
    const path = this.#path;
    this.#path = [`$${name}`];
    const description = this.#comment(own);
    this.#definitions.set(name, { ...(description ? { description } : {}), ...make() });
    this.#path = path;
    return { $ref: `#/$defs/${name}` };
  }

  #members(type: ts.Type): Pick<Schema, 'properties' | 'required'> {
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    for (const symbol of this.#checker.getPropertiesOfType(type)) {
      const name = symbol.getName();
      const member = this.#checker.getTypeOfSymbol(symbol);
      // What is a function or has a symbol for a name is no part of the data.
      if (name.startsWith('__@') || member.getCallSignatures().length > 0) continue;
      if (member.flags & ts.TypeFlags.Undefined) continue;
      const schema = this.#inside(name, () => this.#type(member));
      const description = this.#comment(symbol);
      properties[name] = description ? { ...schema, description } : schema;
      if (!this.#isOptional(symbol, member)) required.push(name);
    }
    return { properties, required };
  }

  #isOptional(symbol: ts.Symbol, type: ts.Type): boolean {
    if (symbol.flags & ts.SymbolFlags.Optional) return true;
    if (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) return true;
    return type.isUnion() && type.types.some(({ flags }) => flags & ts.TypeFlags.Undefined);
  }

  #comment(symbol: ts.Symbol): string {
    const parts = symbol.getDocumentationComment(this.#checker);
    return ts.displayPartsToString(parts).replace(/\s+/g, ' ').trim();
  }

  #inside<T>(name: string, work: () => T): T {
    const path = this.#path;
    this.#path = [...path, name];
    const result = work();
    this.#path = path;
    return result;
  }

  #refuse(what: string): never {
    throw new Error(`${this.#path.join(' ')}: no record may have ${what}`);
  }
}
