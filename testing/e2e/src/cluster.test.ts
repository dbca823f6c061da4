import { slowness } from "@trellis/kit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, walletOf } from "./clients.ts";
import {
  ask,
  Cluster,
  type ClusterNode,
  dagOf,
  expectAgreement,
  heightOf,
  lagOf,
  peerCountOf,
} from "./cluster/Cluster.ts";
import { eventually } from "./eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const MINED_TO = `0x${"da".repeat(20)}` as const;
const NODES = 5;
/** Ten blocks per second from all nodes together. */
const BLOCK_TIME_MS = NODES * 100;
const DOWN_MS = Number(process.env.TRELLIS_CLUSTER_DOWN_MS ?? 5_000);
const SETTLED = 30;
const LAG_MAX = 5;
/** Longer than k block intervals, so that the next block becomes red. */
const PAUSE_MS = 1_500;

let directory: TemporaryDirectory;
let cluster: Cluster;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const all = (): ClusterNode[] => [...cluster.nodes.values()];

async function pause({ devnet: { pid } }: ClusterNode): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await sleep(PAUSE_MS);
  process.kill(pid, "SIGCONT");
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  cluster = new Cluster({ directory: directory.path, blockTimeMs: BLOCK_TIME_MS });
  await cluster.start("node-1");
  await Promise.all(Array.from({ length: NODES - 1 }, (_, index) => cluster.start(`node-${index + 2}`)));
});

afterAll(async () => {
  await cluster.stop();
  await directory.remove();
});

it("five processes that know one address discover each other", async () => {
  await eventually(async () => {
    const counts = await Promise.all(all().map(peerCountOf));
    return counts.every((count) => count === NODES - 1);
  });
});

it("they mine in parallel, ten blocks a second in total", async () => {
  await eventually(async () => (await heightOf(all()[0]!)) > 2 * SETTLED);
  const before = (await dagOf(all()[0]!)).length;
  const startedMs = performance.now();
  await sleep(5_000);
  const perSecond = ((await dagOf(all()[0]!)).length - before) / ((performance.now() - startedMs) / 1_000);
  console.info(`${perSecond.toFixed(1)} blocks a second`);
  expect(perSecond).toBeGreaterThan(4 / slowness());
  const merges = (await dagOf(all()[0]!)).filter(({ parents }) => parents.length > 1);
  expect(merges.length).toBeGreaterThan(0);
  await expectAgreement(all(), SETTLED);
});

it("blocks of a node that pauses become red", async () => {
  const colors = async (): Promise<Set<string>> =>
    new Set((await dagOf(all()[0]!)).map(({ color }) => color));
  await eventually(async () => {
    await pause(cluster.nodes.get("node-5")!);
    return (await colors()).has("red");
  });
  expect(await colors()).toContain("blue");
  await expectAgreement(all(), SETTLED);
});

it("a transaction sent to one of them is mined by any and visible on all", async () => {
  const wallet = walletOf(all()[0]!.devnet.rpcUrl, accountOf(0));
  const hash = await wallet.sendTransaction({ to: MINED_TO, value: 7n });
  for (const {
    devnet: { rpcUrl },
  } of all()) {
    const receipt = await publicClientOf(rpcUrl).waitForTransactionReceipt({ hash });
    expect(receipt.status).toBe("success");
    expect(await publicClientOf(rpcUrl).getBalance({ address: MINED_TO })).toBe(7n);
  }
});

it(
  "a killed node and an empty node catch up while the others continue",
  async () => {
    const id = cluster.nodes.get("node-3")!.devnet.ready.p2p!.id;
    await cluster.kill("node-3");
    const before = await heightOf(all()[0]!);
    await sleep(DOWN_MS);
    expect(await heightOf(all()[0]!)).toBeGreaterThan(before);
    const others = all();
    const [back, empty] = await Promise.all([cluster.start("node-3"), cluster.start("node-6")]);
    expect(back.devnet.ready.p2p!.id).toBe(id);
    await eventually(async () => (await lagOf(back, others)) <= LAG_MAX, 60_000);
    await eventually(async () => (await lagOf(empty, others)) <= LAG_MAX, 60_000);
    await expectAgreement(all(), SETTLED);
  },
  DOWN_MS + 120_000,
);

it("a node with a trusted checkpoint starts from the state after it, and has no older blocks", async () => {
  const others = all();
  const number = `0x${((await heightOf(others[0]!)) - SETTLED).toString(16)}`;
  const { hash } = await ask<{ hash: string }>(others[0]!, "eth_getBlockByNumber", number, false);
  const node = await cluster.start("node-7", undefined, ["--checkpoint", hash]);
  await eventually(async () => (await lagOf(node, others)) <= LAG_MAX, 60_000);
  await expectAgreement([node, ...others], LAG_MAX);
  const { result, error } = await node.calls(node.devnet.rpcUrl, "eth_getBlockByNumber", ["0x5", false]);
  expect(result ?? null).toBeNull();
  expect(error?.message ?? "pruned history unavailable").toBe("pruned history unavailable");
  const balance = { address: MINED_TO } as const;
  expect(await publicClientOf(node.devnet.rpcUrl).getBalance(balance)).toBe(7n);
});
