import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { descendantsOf } from "./descendantsOf.ts";

const GRANDCHILD = `const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
console.log(child.pid);
setInterval(() => {}, 1000);`;

it("lists a process's children and theirs, until they end", async () => {
  const child = spawn(process.execPath, ["-e", GRANDCHILD]);
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  const grandchild = Number(line);
  expect(await descendantsOf(child.pid!)).toEqual([grandchild]);
  expect(await descendantsOf(process.pid)).toEqual(expect.arrayContaining([child.pid, grandchild]));
  process.kill(grandchild, "SIGKILL");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await descendantsOf(process.pid)).not.toContain(child.pid);
});
