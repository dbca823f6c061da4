import type { Finding } from "../finding.ts";
import { isNode, type Node, type SourceFile, walk } from "../source/SourceFile.ts";

const RUNNERS = new Set(["it", "test", "describe", "suite", "bench"]);
const SILENCERS = new Set(["only", "skip", "todo", "fails"]);

/** Permits `skipIf`, which states a condition. */
export function checkTestHygiene(source: SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(source.program, (node) => {
    if (node.type !== "MemberExpression" || !isNode(node.property)) return;
    const name = String(node.property.name);
    if (!SILENCERS.has(name) || !RUNNERS.has(rootName(node))) return;
    const message = `.${name} leaves tests out`;
    findings.push({ file: source.path, line: source.lineOf(node.start), rule: "test-silenced", message });
  });
  return findings;
}

function rootName(node: Node): string {
  let object: unknown = node;
  while (isNode(object) && object.type === "MemberExpression") object = object.object;
  return isNode(object) ? String(object.name) : "";
}
