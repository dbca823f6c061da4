import type { Finding } from "../finding.ts";
import { isNode, isTestFile, type Node, type SourceFile, walk } from "../source/SourceFile.ts";
import type { Allowance } from "./allowed.ts";

const FILE_LINES_MAX = 500;
const FUNCTION_LINES_MAX = 70;

export function checkSizes(sources: readonly SourceFile[], allowances: readonly Allowance[]): Finding[] {
  const needed = new Set<Allowance>();
  const findings = sources.flatMap(oversized).filter(({ file, name }) => {
    const allowance = allowances.find((known) => known.file === file && known.name === name);
    if (allowance !== undefined) needed.add(allowance);
    return allowance === undefined;
  });
  const unneeded = allowances.filter((allowance) => !needed.has(allowance));
  return [
    ...findings.map(({ file, line, rule, message }) => ({ file, line, rule, message })),
    ...unneeded.map(({ file, name }) => ({
      file,
      line: 0,
      rule: "allowance-unneeded",
      message: `${name ?? "the file"} is within its limit: remove the allowance in tools/src/tidy/allowed.ts`,
    })),
  ];
}

type Oversized = Finding & { readonly name: string | undefined };

function oversized(source: SourceFile): Oversized[] {
  const lines = source.text.split("\n").length - 1;
  const file = { file: source.path, line: 0, name: undefined };
  const found: Oversized[] =
    lines > FILE_LINES_MAX
      ? [{ ...file, rule: "file-long", message: `${lines} lines, more than ${FILE_LINES_MAX}` }]
      : [];
  // A `describe` callback does not count as a function.
  return isTestFile(source.path) ? found : [...found, ...longFunctions(source)];
}

function longFunctions(source: SourceFile): Oversized[] {
  const found: Oversized[] = [];
  walk(source.program, (node, ancestors) => {
    if (!isFunctionWithBody(node)) return;
    const line = source.lineOf(node.start);
    const lines = source.lineOf(node.end) - line + 1;
    if (lines <= FUNCTION_LINES_MAX) return;
    const ownName = nameOf(node, ancestors.at(-1));
    // A callback counts as part of the enclosing function.
    if (ownName === undefined && ancestors.some(isFunctionWithBody)) return;
    const name = ownName ?? "(callback)";
    const message = `${name} has ${lines} lines, more than ${FUNCTION_LINES_MAX}`;
    found.push({ file: source.path, line, name, rule: "function-long", message });
  });
  return found;
}

function isFunctionWithBody(node: Node): boolean {
  return (
    ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"].includes(node.type) &&
    isNode(node.body)
  );
}

function nameOf(node: Node, parent: Node | undefined): string | undefined {
  const own = textOf(node.id);
  if (own !== undefined || parent === undefined) return own;
  if (parent.type === "VariableDeclarator") return textOf(parent.id);
  if (["Property", "MethodDefinition", "PropertyDefinition"].includes(parent.type)) return textOf(parent.key);
  return undefined;
}

function textOf(node: unknown): string | undefined {
  return isNode(node) && typeof node.name === "string" ? node.name : undefined;
}
