import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { eventually } from "./eventually.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FLAGS = "--ephemeral --rpc-port 0 --http-port 0 --json --no-reserves --arbitrage off".split(" ");
const STOP_MS_MAX = 60_000;

it("npm start ends with npm: a signal to npm leaves nothing behind", async () => {
  const npm = spawn("npm", ["start", "--silent", "--", ...FLAGS], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = (await once(createInterface({ input: npm.stdout }), "line")) as [string];
  const { http } = JSON.parse(line) as { readonly http: string };
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
