import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type ArbitrageService, startService } from "./arbitrage/ArbitrageService.ts";
import { balancesOf, expectBooksOfChain, settled } from "./arbitrage/expectBooksOfChain.ts";
import { openTradedMarket } from "./arbitrage/openTradedMarket.ts";
import { throttled } from "./arbitrage/throttled.ts";
import { rpcCall } from "./clients.ts";
import { whileMoving } from "./eventually.ts";
import { type Devnet, startNode } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

type Hex = `0x${string}`;

const UNIT = 10n ** 18n;
const LEAD = 10;
const RULE = { confirmations: 2 } as const;
const MINER = `0x${"0c".repeat(20)}`;

let directory: TemporaryDirectory;
let nodes: Devnet[];
let service: ArbitrageService | undefined;

beforeEach(async () => {
  directory = await temporaryDirectory();
  nodes = [];
  service = undefined;
});
afterEach(async () => {
  await service?.kill();
  for (const node of nodes) await node.kill();
  await directory.remove();
});

async function start(name: string, blockTimeMs: number): Promise<Devnet> {
  const [first] = nodes;
  const node = await startNode({
    dataDir: join(directory.path, name),
    args: [
      ...["--network", "local", "--validators", "0", "--listen", "127.0.0.1:0", "--mdns=false", "--archive"],
      ...["--miner", MINER, "--block-time", String(blockTimeMs)],
      ...(first === undefined ? [] : ["--bootstrap", first.ready.p2p!.addresses[0]!]),
    ],
  });
  nodes.push(node);
  return node;
}

async function ask<T>({ rpcUrl }: Devnet, method: string, ...params: unknown[]): Promise<T> {
  const { result, error } = await rpcCall(rpcUrl, method, params);
  expect(error, method).toBeUndefined();
  return result as T;
}

const heightOf = async (node: Devnet): Promise<number> => Number(await ask<Hex>(node, "eth_blockNumber"));
const peersOf = async (node: Devnet): Promise<number> => Number(await ask<Hex>(node, "net_peerCount"));
const heights = () => Promise.all(nodes.map(async (node) => [await heightOf(node), await peersOf(node)]));

it("a trade whose block is reorganised away is dead, the ledger shows it, and the gap is closed once", async () => {
  const ours = await start("ours", 400);
  const theirs = await start("theirs", 100);
  await whileMoving(async () => (await peersOf(ours)) === 1 && (await peersOf(theirs)) === 1, heights);

  const traded = await openTradedMarket(ours, directory.path, RULE);
  const { market, accounts } = traded;
  // Only a reorganisation can expire trades, and no block becomes final.
  const settings = { ...traded.settings, window: 100, confirmations: 10_000 };
  service = await startService({ dataDir: join(directory.path, "service"), settings });
  const { api } = service;
  const before = await balancesOf(accounts);

  const peers = nodes.map(({ ready }) => ready.p2p!.id);
  await ask(ours, "admin_ban", peers[1]);
  await ask(theirs, "admin_ban", peers[0]);
  await whileMoving(async () => (await peersOf(ours)) === 0 && (await peersOf(theirs)) === 0, heights);
  await market.openGap(market.pairs[0]!, 50n * UNIT);
  await whileMoving(
    throttled(async () => (await api.executions("executed")).length > 0),
    heights,
  );
  const [first] = await api.executions();
  await whileMoving(async () => (await heightOf(theirs)) > (await heightOf(ours)) + LEAD, heights);

  await ask(ours, "admin_unban", peers[1]);
  await ask(theirs, "admin_unban", peers[0]);
  await ask(ours, "admin_addPeer", theirs.ready.p2p!.addresses[0]);
  const canonicalHash = async (number: number): Promise<string> =>
    (await ask<{ hash: string }>(ours, "eth_getBlockByNumber", `0x${number.toString(16)}`, false)).hash;
  await whileMoving(async () => (await canonicalHash(first!.block.height)) !== first!.block.hash, heights);

  const isClosedAgain = async (): Promise<boolean> =>
    (await api.executions("executed")).some(({ id }) => id !== first!.id);
  await whileMoving(throttled(isClosedAgain), heights);
  await api.post("/kill", { reason: "the books are compared" });
  // With one miner no further block is reorganised away while the books are read.
  await theirs.kill();
  const calm = (await heightOf(ours)) + LEAD;
  await whileMoving(
    async () => (await heightOf(ours)) >= calm,
    () => heightOf(ours),
  );
  await settled(api);
  const dead = (await api.executions()).find(({ id }) => id === first!.id);
  expect(["reverted", "expired"]).toContain(dead!.outcome);
  expect(dead!.execution?.profit ?? null).toBeNull();
  const executed = await expectBooksOfChain(api, accounts, before);
  expect(executed).toHaveLength(1);
  expect(executed[0]!.id).not.toBe(first!.id);
});
