import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDevnet } from "@trellis/e2e";
import { freePort } from "@trellis/kit/freePort";
import { untilServing } from "../untilServing.ts";

export interface Server {
  readonly name: "trellis" | "anvil";
  readonly url: string;
  readonly version: string;
  residentMiB(): Promise<number>;
  rest(): Promise<void>;
  /** Mines until no transaction is pending. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

const ANVIL = fileURLToPath(new URL("../../../node_modules/.bin/anvil", import.meta.url));
const HOST = "127.0.0.1";
const ASKED_AT_ONCE = 100;

/** With `fast`, each server makes blocks as fast as it can under concurrent load. */
export type Pace = "fast" | "oneSecond";

/** Trellis's governed maximum. */
const GAS_LIMIT = 100_000_000;
const DRAIN_BLOCKS_MAX = 1_000;
const TRELLIS_PACE: Readonly<Record<Pace, readonly string[]>> = {
  fast: [],
  oneSecond: ["--block-time", "1s", "--gas-limit", String(GAS_LIMIT)],
};
/** With automatic mining, Anvil 1.7.1 stops mining permanently under concurrent load. */
const ANVIL_PACE: Readonly<Record<Pace, readonly string[]>> = {
  fast: ["--block-time", "0.02"],
  oneSecond: ["--block-time", "1", "--gas-limit", String(GAS_LIMIT)],
};

export async function startTrellis(accounts: number, pace: Pace): Promise<Server> {
  const dataDir = await mkdtemp(join(tmpdir(), "trellis-bench-"));
  const devnet = await startDevnet({
    dataDir,
    args: ["--accounts", String(accounts), "--log-level", "warn", ...TRELLIS_PACE[pace]],
  });
  return {
    name: "trellis",
    url: devnet.rpcUrl,
    version: String(await askVersion(devnet.rpcUrl)),
    residentMiB: () => residentMiB(devnet.pid),
    rest: async () => {},
    drain: () => drain(devnet.rpcUrl),
    async stop() {
      await devnet.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}

export async function startAnvil(accounts: number, pace: Pace): Promise<Server> {
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
    ...ANVIL_PACE[pace],
    "--silent",
  ];
  const anvil = spawn(ANVIL, [...flags, "--hardfork", "osaka"], { stdio: "ignore" });
  await untilServing(url, anvil);
  return {
    name: "anvil",
    url,
    version: execFileSync(ANVIL, ["--version"], { encoding: "utf8" })
      .split("\n")[0]!
      .replace("anvil Version: ", ""),
    residentMiB: () => residentMiB(anvil.pid!),
    // Anvil cannot read `latest` while new blocks arrive.
    rest: async () => void (await ask(url, "evm_setIntervalMining", 0)),
    drain: () => drain(url),
    async stop() {
      anvil.kill("SIGTERM");
      if (anvil.exitCode === null) await once(anvil, "exit");
    },
  };
}

async function drain(url: string): Promise<void> {
  for (let blocks = 0; blocks < DRAIN_BLOCKS_MAX; blocks++) {
    const { pending } = (await ask(url, "txpool_status")) as { readonly pending: string };
    if (Number(pending) === 0) return;
    await ask(url, "evm_mine");
  }
  throw new Error(`transactions are pending after ${DRAIN_BLOCKS_MAX} blocks`);
}

type Call = readonly [method: string, ...params: readonly unknown[]];

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export async function ask(url: string, ...call: Call): Promise<unknown> {
  const [result] = await askAll(url, [call]);
  return result;
}

export async function askAll(url: string, calls: readonly Call[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (let from = 0; from < calls.length; from += ASKED_AT_ONCE) {
    const batch = calls.slice(from, from + ASKED_AT_ONCE);
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(batch.map(([method, ...params], id) => ({ jsonrpc: "2.0", id, method, params }))),
    });
    const answers = (await response.json()) as Answer[];
    for (const { id, result, error } of answers.sort((a, b) => a.id - b.id)) {
      if (error !== undefined) throw new Error(`${batch[id]![0]}: ${error.message}`);
      results.push(result);
    }
  }
  return results;
}

function askVersion(url: string): Promise<unknown> {
  return ask(url, "web3_clientVersion");
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kib = /VmRSS:\s+(\d+) kB/.exec(status)?.[1];
  return Math.round(Number(kib ?? 0) / 1024);
}
