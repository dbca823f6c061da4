import type { Finding } from "../finding.ts";
import { constantText, isNode, type Node, type SourceFile, walk } from "../source/SourceFile.ts";
import type { Tree } from "../source/Tree.ts";
import type { ErrorTable } from "./readErrorTables.ts";

const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;

export function checkErrors(tree: Tree, tables: readonly ErrorTable[]): Finding[] {
  const names = tree.sources.filter(({ isTest }) => isTest).flatMap(testNames);
  const tested = new Set(names.flatMap((name) => name.match(/\b[A-Z][A-Z0-9_]*\b/g) ?? []));
  const owners = new Map<string, string>();
  return tables.flatMap(({ owner, file, entries }) =>
    [...entries].flatMap(([code, { message, hint }]) => {
      const findings: Finding[] = [];
      const find = (rule: string, text: string): void => {
        findings.push({ file, line: 0, rule, message: `${code} ${text}` });
      };
      const first = owners.get(code);
      if (first !== undefined) find("error-ambiguous", `is also a code of ${first}`);
      owners.set(code, first ?? owner);
      if (!CODE.test(code)) find("error-form", "is not written in capitals and underscores");
      if (message === "" || message.endsWith(".")) find("error-form", "needs a message without a full stop");
      if (hint === "" || hint.endsWith(".")) find("error-form", "needs a hint without a full stop");
      if (!tested.has(code)) find("error-untested", "is in the name of no test");
      return findings;
    }),
  );
}

const RUNNERS = new Set(["it", "test", "describe"]);

function testNames(source: SourceFile): string[] {
  const names: string[] = [];
  walk(source.program, (node) => {
    if (node.type !== "CallExpression" || !isNode(node.callee)) return;
    if (!RUNNERS.has(rootName(node.callee))) return;
    const [first] = node.arguments as readonly unknown[];
    const name = constantText(first);
    if (name !== undefined) names.push(name);
    else if (isNode(first)) names.push(...textsWithin(first));
  });
  return names;
}

function textsWithin(node: Node): string[] {
  const texts: string[] = [];
  walk(node, (inner) => {
    const text = constantText(inner);
    if (text !== undefined) texts.push(text);
    if (inner.type === "TemplateElement") texts.push((inner.value as { readonly raw: string }).raw);
    if (inner.type === "Property" && isNode(inner.key)) texts.push(String(inner.key.name ?? ""));
  });
  return texts;
}

/** For example, `it` of `it.each(…)`. */
function rootName(callee: Node): string {
  let node: unknown = callee;
  while (isNode(node) && node.type !== "Identifier")
    node = node.type === "CallExpression" ? node.callee : node.object;
  return isNode(node) ? String(node.name) : "";
}
