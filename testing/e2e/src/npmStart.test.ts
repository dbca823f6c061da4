import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { eventually } from "./eventually.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FLAGS = "--ephemeral --rpc-port 0 --http-port 0 --json --no-reserves --arbitrage off".split(" ");
const STOP_MS_MAX = 60_000;

/** In its own process group, like a terminal command. */
async function npmStart(flags: readonly string[] = []) {
  const npm = spawn("npm", ["start", "--silent", "--", ...FLAGS, ...flags], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const logged: string[] = [];
  npm.stderr.setEncoding("utf8").on("data", (text: string) => logged.push(text));
  const [line] = (await once(createInterface({ input: npm.stdout }), "line")) as [string];
  const { http } = JSON.parse(line) as { readonly http: string };
  return { npm, http, log: () => logged.join("") };
}

it("npm start ends with npm: a signal to npm leaves nothing behind", async () => {
  const { npm, http } = await npmStart();
  expect((await fetch(http)).headers.get("content-type")).toMatch(/^text\/html/);
  npm.kill("SIGTERM");
  await once(npm, "exit");
  const isGone = (): Promise<boolean> =>
    fetch(http).then(
      () => false,
      () => true,
    );
  await eventually(isGone, STOP_MS_MAX);
});

it("Ctrl-C stops npm start in order: the terminal signals the group, and npm forwards the signal", async () => {
  const { npm, log } = await npmStart(["--nodes", "2"]);
  const ended = once(npm, "close");
  process.kill(-npm.pid!, "SIGINT");
  // The kernel may merge the second signal with the first.
  while (!log().includes("process.stopping")) await once(npm.stderr, "data");
  process.kill(-npm.pid!, "SIGINT");
  const [exitCode, signal] = await ended;
  expect([exitCode, signal], log()).toEqual([0, null]);
  expect(log()).toContain("process.stopped");
  expect(log()).not.toContain("process.killed");
});
