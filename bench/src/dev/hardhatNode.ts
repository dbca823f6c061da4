import { spawn } from "node:child_process";
import { once } from "node:events";
import { freePort } from "@trellis/kit/freePort";
import { untilServing } from "../untilServing.ts";

export interface RunningNode {
  readonly rpcUrl: string;
  stop(): Promise<void>;
}

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
  await untilServing(rpcUrl, child);
  return {
    rpcUrl,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
