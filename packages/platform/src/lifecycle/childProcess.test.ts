import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ORPHAN = fileURLToPath(new URL("testing/orphan.ts", import.meta.url));

it("a child exits at once if its parent ended before the child started", async () => {
  const child = fork(ORPHAN, { execArgv: [] });
  const ended = once(child, "exit");
  child.disconnect();
  expect(await ended).toEqual([null, "SIGTERM"]);
});
