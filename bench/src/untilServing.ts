import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 50;
/** Ten times a start on a busy machine. */
const START_MS_MAX = 120_000;
const REQUEST = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
};

/** Waits until a node answers JSON-RPC. Throws if its process ends, and ends it after too long. */
export async function untilServing(url: string, child: ChildProcess): Promise<void> {
  const endMs = performance.now() + START_MS_MAX;
  while (!(await isServing(url))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${child.spawnfile} ended with ${child.exitCode ?? child.signalCode}`);
    if (performance.now() > endMs) {
      child.kill("SIGKILL");
      throw new Error(`${child.spawnfile} did not answer in ${START_MS_MAX / 1_000} s`);
    }
    await delay(POLL_MS);
  }
}

function isServing(url: string): Promise<boolean> {
  return fetch(url, REQUEST).then(
    ({ ok }) => ok,
    () => false,
  );
}
