import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDevnet } from "@trellis/e2e";

/** A chain that takes load. */
export interface Server {
  readonly name: "trellis" | "anvil";
  readonly url: string;
  readonly version: string;
  /** Resident memory of the process. */
  residentMiB(): Promise<number>;
  stop(): Promise<void>;
}

const ANVIL = fileURLToPath(new URL("../../../node_modules/.bin/anvil", import.meta.url));
const HOST = "127.0.0.1";
const START_TRIES = 200;
const START_PAUSE_MS = 50;

/** The real executable with its chain on disk, in default mode: a block as soon as a transaction waits. */
export async function startTrellis(accounts: number): Promise<Server> {
  const dataDir = await mkdtemp(join(tmpdir(), "trellis-bench-"));
  const devnet = await startDevnet({
    dataDir,
    args: ["--accounts", String(accounts), "--log-level", "warn"],
  });
  return {
    name: "trellis",
    url: devnet.rpcUrl,
    version: String(await askVersion(devnet.rpcUrl)),
    residentMiB: () => residentMiB(devnet.pid),
    async stop() {
      await devnet.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}

/**
 * Anvil with a block every 20 ms: in its default mode, a block a transaction, it is slower, and version 1.7.1 stops
 * mining for good under concurrent load. It keeps its chain in memory, without the states of old blocks.
 */
export async function startAnvil(accounts: number): Promise<Server> {
  const port = await freePort();
  const url = `http://${HOST}:${port}`;
  const flags = [
    "--host",
    HOST,
    "--port",
    String(port),
    "--accounts",
    String(accounts),
    "--prune-history",
    ...["--block-time", "0.02"],
    "--silent",
  ];
  const anvil = spawn(ANVIL, [...flags, "--hardfork", "cancun"], { stdio: "ignore" });
  await untilItAnswers(url, anvil);
  return {
    name: "anvil",
    url,
    version: execFileSync(ANVIL, ["--version"], { encoding: "utf8" })
      .split("\n")[0]!
      .replace("anvil Version: ", ""),
    residentMiB: () => residentMiB(anvil.pid!),
    async stop() {
      anvil.kill("SIGTERM");
      if (anvil.exitCode === null) await once(anvil, "exit");
    },
  };
}

/** One JSON-RPC call. */
export async function ask(url: string, method: string, ...params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (error !== undefined) throw new Error(`${method}: ${error.message}`);
  return result;
}

function askVersion(url: string): Promise<unknown> {
  return ask(url, "web3_clientVersion");
}

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < START_TRIES; tries++) {
    if (
      await askVersion(url).then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, START_PAUSE_MS));
  }
  child.kill("SIGKILL");
  throw new Error("anvil did not start");
}

/** 0 where /proc does not tell. */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kib = /VmRSS:\s+(\d+) kB/.exec(status)?.[1];
  return Math.round(Number(kib ?? 0) / 1024);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, HOST);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
