import type { Finding } from "../finding.ts";
import { isNode, type Node, type SourceFile, walk } from "../source/SourceFile.ts";

const BARE = new Set([
  "Error",
  "TypeError",
  "RangeError",
  "SyntaxError",
  "EvalError",
  "URIError",
  "AggregateError",
]);
const PRODUCTION = /^(?:packages|apps)\//;
const HOME = "packages/base/src/TrellisError.ts";

/** Callers cannot handle errors without a code. */
export function checkBareErrors(source: SourceFile): Finding[] {
  if (source.isTest || !PRODUCTION.test(source.path) || source.path === HOME) return [];
  const findings: Finding[] = [];
  walk(source.program, (node) => {
    const what = bareError(node);
    if (what === undefined) return;
    const message = `${what}: use a code of the package's error table`;
    findings.push({ file: source.path, line: source.lineOf(node.start), rule: "bare-error", message });
  });
  return findings;
}

function bareError(node: Node): string | undefined {
  if (node.type === "NewExpression" || node.type === "CallExpression") {
    const name = isNode(node.callee) ? String(node.callee.name) : "";
    return BARE.has(name) ? `${name}(…)` : undefined;
  }
  if (node.type === "ThrowStatement" && isNode(node.argument)) {
    return ["Literal", "TemplateLiteral", "ObjectExpression"].includes(node.argument.type)
      ? "a thrown value"
      : undefined;
  }
  if (node.type === "ClassDeclaration" && isNode(node.superClass) && BARE.has(String(node.superClass.name))) {
    return "an error class of its own";
  }
  return undefined;
}
