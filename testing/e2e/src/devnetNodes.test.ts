import { mkdir, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { rpcCall } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { expectStopped } from "./expectStopped.ts";
import { isAlive } from "./isAlive.ts";
import { type Devnet, devnetFlags, runTrellis, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const NODES = 3;
const ARGS = ["--nodes", String(NODES), "--block-time", "300"];

let directory: TemporaryDirectory;
let devnet: Devnet | undefined;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  await devnet?.kill();
  devnet = undefined;
  await directory.remove();
});

async function start(): Promise<Devnet> {
  devnet = await startDevnet({ args: ARGS, dataDir: `${directory.path}/devnet` });
  return devnet;
}

async function numberAt(rpcUrl: string, method: string): Promise<number> {
  return Number((await rpcCall(rpcUrl, method)).result);
}

it("is a cluster of processes that mine one chain, and SIGTERM ends all of them", async () => {
  const { ready, rpcUrl, stop } = await start();
  const nodes = ready.nodes!;
  expect(nodes).toHaveLength(NODES - 1);
  const urls = [rpcUrl, ...nodes.map(({ rpc }) => rpc)];
  const holds = (condition: (url: string) => Promise<boolean>) => async () =>
    (await Promise.all(urls.map(condition))).every(Boolean);
  await eventually(holds(async (url) => (await numberAt(url, "net_peerCount")) === NODES - 1));
  await eventually(holds(async (url) => (await numberAt(url, "eth_blockNumber")) > 10));
  const { result } = await rpcCall(nodes[0]!.rpc, "eth_getBlockByNumber", ["0x5", false]);
  await eventually(
    holds(async (url) => {
      const other = await rpcCall(url, "eth_getBlockByNumber", ["0x5", false]);
      return JSON.stringify(other.result) === JSON.stringify(result);
    }),
  );
  const ended = await stop();
  expectStopped(ended);
  const alive = () => nodes.filter(({ pid }) => isAlive(pid));
  // A devnet that is late does not wait for its nodes.
  if (ended.exitCode !== 0) await eventually(() => alive().length === 0);
  expect(alive()).toEqual([]);
});

it("restarts and reports a process that exits; none outlives the first, however that ends", async () => {
  const { ready, kill, stderr } = await start();
  const [dying, orphan] = ready.nodes!;
  process.kill(dying!.pid, "SIGKILL");
  await eventually(() => stderr().includes("node.ended"));
  expect(isAlive(orphan!.pid)).toBe(true);
  await eventually(() => stderr().includes("node.restarted"));
  await eventually(async () => (await numberAt(dying!.rpc, "net_peerCount")) === NODES - 1);
  const height = await numberAt(dying!.rpc, "eth_blockNumber");
  await eventually(async () => (await numberAt(dying!.rpc, "eth_blockNumber")) > height);
  await kill();
  await eventually(() => !isAlive(orphan!.pid));
});

it("SERVICE_FAILED: before it was ready", async () => {
  const dataDir = `${directory.path}/devnet`;
  await mkdir(`${dataDir}/cluster`, { recursive: true });
  await writeFile(`${dataDir}/cluster/node-2`, "in the way");
  const { exitCode, stderr } = await runTrellis(["devnet", ...devnetFlags({ dataDir, args: ARGS })]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/SERVICE_FAILED.*service: cluster node/s);
});
