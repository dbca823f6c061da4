import type { CommandText, Invocation } from "./Command.ts";

export function currentOperands(
  { name, formerActions = {} }: CommandText,
  operands: readonly string[],
  { sources, io }: Invocation,
): readonly string[] {
  const [given = "", ...rest] = operands;
  const action = Object.hasOwn(formerActions, given) ? formerActions[given] : undefined;
  if (action === undefined) return operands;
  const notice = { event: "renamed", given: `${name} ${given}`, use: `${name} ${action}` };
  const line = `trellis: ${notice.given} was renamed: use trellis ${notice.use}`;
  io.stderr.write(`${sources.argv.includes("--json") ? JSON.stringify(notice) : line}\n`);
  return [action, ...rest];
}
