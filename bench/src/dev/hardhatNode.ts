import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@trellis/kit/freePort";

export interface RunningNode {
  readonly rpcUrl: string;
  stop(): Promise<void>;
}

const POLL_MS = 50;
const REQUEST = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });

export interface HardhatOptions {
  /** Arguments of Node.js, without the task's name. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export async function startHardhatNode({ argv, environment, cwd }: HardhatOptions): Promise<RunningNode> {
  const port = await freePort();
  const rpcUrl = `http://127.0.0.1:${port}`;
  const task = ["node", "--hostname", "127.0.0.1", "--port", String(port)];
  const env = { PATH: process.env.PATH, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true", ...environment };
  const child = spawn(process.execPath, [...argv, ...task], { cwd, env, stdio: "ignore" });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(child, "close").finally(() => process.off("exit", kill));
  while (!(await isServing(rpcUrl))) {
    if (child.exitCode !== null) throw new Error(`Hardhat's node ended with ${child.exitCode}`);
    await delay(POLL_MS);
  }
  return {
    rpcUrl,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function isServing(url: string): Promise<boolean> {
  const headers = { "content-type": "application/json" };
  return fetch(url, { method: "POST", headers, body: REQUEST }).then(
    (response) => response.ok,
    () => false,
  );
}
