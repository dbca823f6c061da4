import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { slowness } from "@trellis/kit";
import { createPublicClient, http } from "viem";
import { devnetChain } from "../chain.ts";
import { flagsOf, type ReadyLine, startTrellis } from "../startDevnet.ts";
import { temporaryDirectory } from "../temporaryDirectory.ts";
import { SoakLoad } from "./SoakLoad.ts";
import { type SoakSample, soakProblems } from "./soakProblems.ts";

// Three validators on disk, with the demo custodian's snapshots, the market and the trader.
const FLAGS = ["--nodes", "3", "--validators", "3", "--block-time", "500", "--trade-time", "200"];
const PAUSE_MS = 30_000;
const LOG_LENGTH_MAX = 16_384;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "60" } } });
const data = await temporaryDirectory();
const { pid, ready, stop } = await startTrellis<ReadyLine>([
  "devnet",
  ...flagsOf({ args: FLAGS, dataDir: data.path }),
]);
const nodes = [{ pid, rpc: ready.rpc, http: ready.http }, ...(ready.nodes ?? [])].map((node, index) => ({
  ...node,
  name: `node ${index + 1}`,
  client: createPublicClient({ chain: devnetChain, transport: http(node.rpc) }),
  load: new SoakLoad(node.rpc, index),
}));
const startMs = performance.now();
const endMs = startMs + Number(values.minutes) * 60_000;
const samples: SoakSample[] = [];
const ending = new AbortController();
const loads = nodes.map(({ load }) => load.run(ending.signal));
try {
  while (performance.now() < endMs) {
    await pause(PAUSE_MS);
    samples.push(...(await Promise.all(nodes.map(sampleOf))));
  }
  ending.abort();
  await Promise.all(loads);
  const problems = [...soakProblems(samples), ...(await forks())];
  for (const problem of problems) console.error(`soak: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
} finally {
  ending.abort();
  const { exitCode, stderr } = await stop();
  if (exitCode !== 0) {
    console.error(`${stderr.slice(-LOG_LENGTH_MAX)}soak: the devnet ended with exit code ${exitCode}`);
    process.exitCode = 1;
  }
  await data.remove();
}

async function sampleOf({
  name,
  pid,
  http: address,
  client,
  load,
}: (typeof nodes)[number]): Promise<SoakSample> {
  const height = Number(await client.getBlockNumber({ cacheTime: 0 }));
  const metrics = await (await fetch(new URL("/metrics", address))).text();
  const minute = (performance.now() - startMs) / 60_000;
  const memoryBytes = anonymousBytes(pid) ?? metricOf(metrics, "process_resident_memory_bytes");
  const lagP99Ms = (metricOf(metrics, "nodejs_eventloop_lag_p99_seconds") * 1_000) / slowness();
  const { answers, errors } = load;
  const measured = `height ${height}  ${(memoryBytes / 1e6).toFixed(0)} MB  lag ${lagP99Ms.toFixed(0)} ms`;
  console.log(`${minute.toFixed(1)} min  ${name}  ${measured}  ${answers} answers  ${errors} errors`);
  return { node: name, minute, height, memoryBytes, lagP99Ms, answers, errors };
}

/** Resident pages of the store's file grow with the chain, and belong to the page cache. */
function anonymousBytes(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^RssAnon:\s*(\d+) kB$/m.exec(status)![1]) * 1_024;
}

function metricOf(metrics: string, name: string): number {
  return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "m").exec(metrics)?.[1]);
}

async function forks(): Promise<string[]> {
  const final = await Promise.all(nodes.map(({ client }) => client.getBlock({ blockTag: "finalized" })));
  const [height] = final.map(({ number }) => number).sort((a, b) => (a < b ? -1 : 1));
  const hashes = await Promise.all(
    nodes.map(async ({ client }) => (await client.getBlock({ blockNumber: height! })).hash),
  );
  return new Set(hashes).size === 1
    ? []
    : [`nodes disagree on the final block ${height}: ${hashes.join(" ")}`];
}
