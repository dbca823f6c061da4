import { execFileSync } from "node:child_process";
import { getPriority } from "node:os";
import { expect, it } from "vitest";

const PROGRAM = `
  import { getPriority } from "node:os";
  import { lowerPriority } from ${JSON.stringify(new URL("lowerPriority.ts", import.meta.url).href)};
  lowerPriority();
  console.log(getPriority());
`;

it.runIf(process.platform === "linux").each([0, 19])("keeps a lower one: started at niceness %i", (added) => {
  const args = ["-n", String(added), process.execPath, "--input-type=module", "-e", PROGRAM];
  const started = Math.min(19, getPriority() + added);
  expect(Number(execFileSync("nice", args, { encoding: "utf8" }))).toBe(Math.max(10, started));
});
