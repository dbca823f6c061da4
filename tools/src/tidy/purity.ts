import type { Finding } from "../finding.ts";
import { isNode, type Node, type SourceFile, walk } from "../source/SourceFile.ts";

/** Clocks and random generators must be passed as arguments. */
const IMPURE_MEMBERS = new Set(["Date.now", "Math.random"]);
const IMPURE_CALLS = new Set(["setTimeout", "setInterval"]);
/** Allowed only in the composition root. */
const AMBIENT_MEMBERS = new Set(["process.env", "process.argv"]);

const TOOL_FOLDERS = /^(?:tools|testing|bench)\//;
const ROOT_FOLDERS = /^apps\//;
const ADAPTERS = /^packages\/platform\/|(?:^|\/)system[A-Z]\w*\.ts$|Worker\.ts$|\/workers\//;

export function checkPurity(source: SourceFile): Finding[] {
  if (source.isTest || TOOL_FOLDERS.test(source.path) || ROOT_FOLDERS.test(source.path)) return [];
  const isAdapter = ADAPTERS.test(source.path);
  const findings: Finding[] = [];
  walk(source.program, (node) => {
    const [what, rule] = impurity(node, isAdapter) ?? [];
    if (what === undefined || rule === undefined) return;
    const message =
      rule === "ambient-input"
        ? `${what}: only apps read the command line and the environment`
        : `${what}: take a Clock, Scheduler or Random, or move it into an adapter named system….ts`;
    findings.push({ file: source.path, line: source.lineOf(node.start), rule, message });
  });
  return findings;
}

function impurity(node: Node, isAdapter: boolean): readonly [what: string, rule: string] | undefined {
  const member = memberName(node);
  if (member !== undefined && AMBIENT_MEMBERS.has(member)) return [member, "ambient-input"];
  if (isAdapter) return undefined;
  if (member !== undefined && IMPURE_MEMBERS.has(member)) return [member, "impure-call"];
  if (node.type === "CallExpression" && isNode(node.callee) && node.callee.type === "Identifier") {
    const name = String(node.callee.name);
    if (IMPURE_CALLS.has(name)) return [name, "impure-call"];
  }
  if (node.type === "NewExpression" && isNode(node.callee) && node.callee.name === "Date") {
    if ((node.arguments as unknown[]).length === 0) return ["new Date()", "impure-call"];
  }
  return undefined;
}

function memberName(node: Node): string | undefined {
  if (node.type !== "MemberExpression" || node.computed === true) return undefined;
  if (!isNode(node.object) || !isNode(node.property) || node.object.type !== "Identifier") return undefined;
  return `${String(node.object.name)}.${String(node.property.name)}`;
}
