import type { Finding } from "../finding.ts";
import { constantText, isNode, type Node, type SourceFile, walk } from "../source/SourceFile.ts";

const PRODUCTION = /^(?:packages|apps)\//;
const LEVELS = new Set(["debug", "info", "warn", "error", "fatal"]);
/** Such as `block.disqualified`. */
const EVENT = /^[a-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*)+$/;

/** `console` is exempt. */
export function checkLogEvents(source: SourceFile): Finding[] {
  if (source.isTest || !PRODUCTION.test(source.path)) return [];
  const findings: Finding[] = [];
  walk(source.program, (node) => {
    const event = eventOf(node);
    if (event === undefined || EVENT.test(event)) return;
    const message = `"${event}": name the event \`noun.verb\`, and put sentences into a fact`;
    findings.push({ file: source.path, line: source.lineOf(node.start), rule: "log-event", message });
  });
  return findings;
}

function eventOf({ type, callee, arguments: given }: Node): string | undefined {
  if (type !== "CallExpression" || !isNode(callee) || callee.type !== "MemberExpression") return undefined;
  const { object, property } = callee;
  if (!isNode(object) || object.name === "console") return undefined;
  if (!isNode(property) || property.type !== "Identifier" || !LEVELS.has(String(property.name)))
    return undefined;
  return constantText((given as readonly unknown[])[0]);
}
