import { expect, it } from "vitest";
import { announceStart } from "./announceStart.ts";

function announced(argv: readonly string[], isTerminal = false): string {
  let written = "";
  const write = (text: string): void => {
    written += text;
  };
  announceStart(argv, { stderr: { write, isTerminal }, nowMs: 0 });
  return written;
}

it("a devnet's first line is a log event, on a terminal a sentence", () => {
  expect(JSON.parse(announced(["devnet", "--json"]))).toEqual({
    level: "info",
    time: "1970-01-01T00:00:00.000Z",
    module: "process",
    verb: "devnet",
    msg: "process.starting",
  });
  expect(announced(["devnet"], true)).toBe("Trellis devnet is starting\n");
});

it.each([
  [[]],
  [["node"]],
  [["help", "devnet"]],
  [["devnet", "--help"]],
  [["devnet", "--log-level", "warn"]],
  [["devnet", "--log-level=error", "--json"]],
])("nothing is announced for %j", (argv) => {
  expect(announced(argv)).toBe("");
});
