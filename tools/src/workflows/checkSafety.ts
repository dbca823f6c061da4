import { isMap, isScalar, LineCounter, type Node, type Pair, parseDocument, type Scalar, visit } from "yaml";
import type { Finding } from "../finding.ts";

/** A commit, with its version as a comment, which update tools keep. */
const PINNED = /^[^@\s]+@[0-9a-f]{40}$/;
const VERSION = /^ v\d+\.\d+\.\d+$/;
/** They run with secrets on code of strangers. */
const DANGEROUS = new Set(["pull_request_target", "workflow_run", "issue_comment"]);

/** Rules of supply-chain safety that actionlint lacks. Syntax is actionlint's part. */
export function checkSafety(file: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const report = (node: unknown, rule: string, message: string): void => {
    const offset = (node as Node | null)?.range?.[0] ?? 0;
    findings.push({ file, line: lines.linePos(offset).line, rule, message });
  };
  const root = document.contents;
  if (!isMap(root)) return findings;
  for (const key of ["permissions", "concurrency"])
    if (!root.has(key)) report(root, `${key}-missing`, `the workflow sets no ${key}`);
  for (const name of triggers(document.toJS()))
    if (DANGEROUS.has(name)) report(root.get("on", true), "trigger-dangerous", `${name} is not used`);
  const jobs = root.get("jobs");
  for (const { key, value } of isMap(jobs) ? jobs.items : [])
    if (isMap(value) && value.has("runs-on") && !value.has("timeout-minutes"))
      report(key, "timeout-missing", `the job ${key} sets no timeout-minutes`);
  visit(document, {
    Pair(_, pair, ancestors) {
      const parent = ancestors.at(-1);
      for (const [rule, message] of problemsOf(pair, isMap(parent) ? parent.toJSON() : {}))
        report(pair.key, rule, message);
    },
  });
  return findings;
}

function triggers({ on }: { readonly on?: unknown }): string[] {
  if (typeof on === "string") return [on];
  return Array.isArray(on) ? on : Object.keys(on ?? {});
}

type Problem = readonly [rule: string, message: string];

function problemsOf(
  { key, value }: Pair,
  parent: { readonly with?: Readonly<Record<string, unknown>> },
): Problem[] {
  if (!isScalar(key) || !isScalar(value)) return [];
  if (key.value === "uses") return problemsOfUse(value, parent.with);
  if (key.value === "run" && String(value.value).includes("${{"))
    return [
      ["expression-in-script", "pass the expression as a variable of env: its text would run as a command"],
    ];
  if (key.value === "permissions" && value.value === "write-all")
    return [["permissions-wide", "name the permissions that the job needs"]];
  return [];
}

function problemsOfUse(
  { value, comment }: Scalar,
  inputs: Readonly<Record<string, unknown>> = {},
): Problem[] {
  const action = String(value);
  if (action.startsWith("./")) return [];
  const problems: Problem[] = [];
  if (!PINNED.test(action)) problems.push(["action-unpinned", `${action}: pin the full hash of a commit`]);
  else if (!VERSION.test(comment ?? ""))
    problems.push(["action-unversioned", `${action}: add its version as a comment, such as # v1.2.3`]);
  if (action.startsWith("actions/checkout@") && inputs["persist-credentials"] !== false)
    problems.push([
      "credentials-kept",
      "set persist-credentials: false, so that no later step finds the token",
    ]);
  return problems;
}
