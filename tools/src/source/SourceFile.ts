import { posix } from "node:path";
import { type Comment, type ParseResult, parseSync, visitorKeys } from "oxc-parser";

type Program = ParseResult["program"];
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Import {
  /** For example `./dag.ts`, `@trellis/base` or `node:fs`. */
  readonly specifier: string;
  readonly line: number;
  readonly isType: boolean;
  readonly exported: readonly string[] | undefined;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Includes fixtures and shared suites. */
  readonly isTest: boolean;
  readonly program: Node;
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
  lineOf(offset: number): number;
  readonly mistakes: readonly string[];
}

export function parseSource(path: string, text: string): SourceFile {
  const { program, comments, module, errors } = parseSync(path, text);
  const lineOf = lineFinder(text);
  const imports = [...staticImports(module), ...dynamicImports(program)].map(({ start, ...found }) => ({
    ...found,
    line: lineOf(start),
  }));
  return {
    path,
    text,
    isTest:
      isTestFile(path) || isTestSupport(path) || imports.some(({ specifier }) => specifier === "vitest"),
    program: asNode(program),
    comments,
    imports,
    lineOf,
    mistakes: errors.map(({ message }) => message),
  };
}

export function isTestSupport(path: string): boolean {
  return /\/testing\//.test(path);
}

export function targetsOf(source: SourceFile): string[] {
  return source.imports.flatMap(({ specifier }) => targetOf(source, specifier) ?? []);
}

export function targetOf({ path }: SourceFile, specifier: string): string | undefined {
  return specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined;
}

export function isTestFile(path: string): boolean {
  return path.endsWith(".test.ts") || path.endsWith(".test.tsx");
}

interface FoundImport extends Omit<Import, "line"> {
  readonly start: number;
}

function staticImports(module: ParseResult["module"]): FoundImport[] {
  const imports = module.staticImports.map(({ moduleRequest, entries, start }) => ({
    specifier: moduleRequest.value,
    start,
    isType: entries.length > 0 && entries.every(({ isType }) => isType),
    exported: undefined,
  }));
  const exports = module.staticExports.flatMap(({ entries, start }) => {
    const specifier = entries.find(({ moduleRequest }) => moduleRequest !== null)?.moduleRequest?.value;
    if (specifier === undefined) return [];
    const exported = entries.map(({ importName }) => importName.name ?? "*");
    return [{ specifier, start, isType: entries.every(({ isType }) => isType), exported }];
  });
  return [...imports, ...exports];
}

function dynamicImports(program: Program): FoundImport[] {
  const found: FoundImport[] = [];
  walk(asNode(program), (node) => {
    if (node.type !== "ImportExpression" && node.type !== "TSImportType") return;
    const specifier = constantText(node.source ?? node.argument);
    if (specifier === undefined) return;
    const isType = node.type === "TSImportType";
    found.push({ specifier, start: node.start, isType, exported: undefined });
  });
  return found;
}

export function constantText(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === "Literal" && typeof value.value === "string") return value.value;
  if (value.type === "TSLiteralType") return constantText(value.literal);
  if (value.type !== "TemplateLiteral") return undefined;
  const quasis = value.quasis as readonly { readonly value: { readonly cooked: string } }[];
  return quasis.length === 1 ? quasis[0]!.value.cooked : undefined;
}

/** `ancestors` ends with the parent. */
export function walk(
  node: Node,
  visit: (node: Node, ancestors: readonly Node[]) => void,
  ancestors: readonly Node[] = [],
): void {
  visit(node, ancestors);
  const below = [...ancestors, node];
  for (const key of visitorKeys[node.type] ?? []) {
    const child = node[key];
    for (const item of Array.isArray(child) ? child : [child]) if (isNode(item)) walk(item, visit, below);
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function asNode(program: Program): Node {
  return program as unknown as Node;
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
