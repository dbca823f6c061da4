import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ORPHAN = fileURLToPath(new URL("fixtures/orphan.ts", import.meta.url));

it("a child whose parent was gone before it had started ends at once", async () => {
  const child = fork(ORPHAN, { execArgv: [] });
  const ended = once(child, "exit");
  child.disconnect();
  expect(await ended).toEqual([null, "SIGTERM"]);
});
