import { WebSocketProvider } from "ethers";
import {
  type Address,
  createPublicClient,
  type Hash,
  type Log,
  numberToHex,
  pad,
  parseAbiItem,
  webSocket,
} from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { accountOf, devnetChain } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { openSocket } from "./openSocket.ts";
import { deployProbe, probeAbi } from "./probe.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const STORED = parseAbiItem("event Stored(address indexed by, uint256 indexed slot, uint256 value)");
let probe: Address;

beforeAll(async () => {
  probe = await deployProbe(shared.rpcUrl, accountOf(0));
});

async function store(slot: bigint, value: bigint, account = accountOf(0)): Promise<Hash> {
  const call = { address: probe, abi: probeAbi, functionName: "store", args: [slot, value] } as const;
  const hash = await walletOf(shared.rpcUrl, account).writeContract(call);
  await publicClientOf(shared.rpcUrl).waitForTransactionReceipt({ hash });
  return hash;
}

describe("logs", () => {
  it("are found by address, topic, either of two topics, block range and block hash", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const first = await client.getBlockNumber({ cacheTime: 0 });
    await store(1n, 10n);
    await store(2n, 20n, accountOf(1));
    const hash = await store(3n, 30n);
    const range = { address: probe, fromBlock: first + 1n, toBlock: "latest" } as const;

    const all = await client.getLogs({ ...range, event: STORED });
    expect(all.map(({ args }) => args.value)).toEqual([10n, 20n, 30n]);
    expect(all.every(({ removed, logIndex }) => !removed && logIndex === 0)).toBe(true);
    const mine = await client.getLogs({ ...range, event: STORED, args: { by: accountOf(0).address } });
    expect(mine.map(({ args }) => args.slot)).toEqual([1n, 3n]);
    const either = await client.getLogs({ ...range, event: STORED, args: { slot: [2n, 3n] } });
    expect(either.map(({ args }) => args.slot)).toEqual([2n, 3n]);
    const { blockHash, blockNumber } = await client.getTransactionReceipt({ hash });
    const last = await client.getLogs({ address: probe, blockHash });
    expect(last).toHaveLength(1);
    expect(last[0]).toMatchObject({ transactionHash: hash, blockNumber, blockHash });
    const elsewhere = await client.getLogs({ ...range, address: accountOf(0).address });
    expect(elsewhere).toEqual([]);
  });

  it("of a receipt are the logs of its transaction, counted through the block", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const call = { address: probe, abi: probeAbi, functionName: "storeMany", args: [50n, 5n, 1n] } as const;
    const hash = await walletOf(shared.rpcUrl, accountOf(0)).writeContract(call);
    const { logs, blockHash } = await client.waitForTransactionReceipt({ hash });
    expect(logs.map(({ logIndex }) => logIndex)).toEqual([0, 1, 2, 3, 4]);
    expect(await client.getLogs({ blockHash })).toEqual(logs);
  });
});

describe("filters", () => {
  it("of logs return new ones since the last poll, and all on request", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const fromBlock = await client.getBlockNumber({ cacheTime: 0 });
    const filter = await client.createEventFilter({
      address: probe,
      event: STORED,
      args: { slot: [101n] },
      fromBlock,
    });
    expect(await client.getFilterChanges({ filter })).toEqual([]);
    await store(100n, 1n);
    await store(101n, 2n);
    const changes = await client.getFilterChanges({ filter });
    expect(changes.map(({ args }) => args.value)).toEqual([2n]);
    expect(await client.getFilterChanges({ filter })).toEqual([]);
    await store(101n, 3n);
    expect((await client.getFilterLogs({ filter })).map(({ args }) => args.value)).toEqual([2n, 3n]);
    expect(await client.uninstallFilter({ filter })).toBe(true);
    await expect(client.getFilterChanges({ filter })).rejects.toThrow(/filter not found/);
  });

  it("of blocks and of pending transactions return hashes", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const blocks = await client.createBlockFilter();
    const pending = await client.createPendingTransactionFilter();
    const hash = await store(102n, 1n);
    const { blockHash } = await client.getTransactionReceipt({ hash });
    expect(await client.getFilterChanges({ filter: blocks })).toContain(blockHash);
    expect(await client.getFilterChanges({ filter: pending })).toEqual([hash]);
  });
});

describe("viem watches", () => {
  it("blocks and events by polling", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const blocks: bigint[] = [];
    const logs: bigint[] = [];
    const unwatch = [
      client.watchBlocks({ onBlock: ({ number }) => blocks.push(number), emitMissed: true }),
      client.watchEvent({
        address: probe,
        event: STORED,
        onLogs: (found) => logs.push(...found.map(({ args }) => args.slot!)),
      }),
    ];
    // A watcher starts with its first poll.
    await eventually(() => blocks.length > 0);
    await store(201n, 1n);
    await store(202n, 1n);
    await eventually(() => logs.length === 2);
    const latest = await client.getBlockNumber({ cacheTime: 0 });
    await eventually(() => blocks.at(-1)! >= latest);
    for (const stop of unwatch) stop();
    expect(logs).toEqual([201n, 202n]);
    expect(blocks).toEqual(blocks.map((_, index) => blocks[0]! + BigInt(index)));
  });

  it("heads, events and pending transactions over WebSocket", async () => {
    const client = createPublicClient({ chain: devnetChain, transport: webSocket(shared.wsUrl) });
    const heads: bigint[] = [];
    const pending: Hash[] = [];
    const logs: Log[] = [];
    const unwatch = [
      client.watchBlockNumber({ onBlockNumber: (number) => heads.push(number) }),
      client.watchPendingTransactions({ onTransactions: (hashes) => pending.push(...hashes) }),
      client.watchEvent({ address: probe, event: STORED, onLogs: (found) => logs.push(...found) }),
    ];
    // After this response, earlier subscriptions of the connection are active.
    await client.getChainId();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const hash = await store(203n, 1n);
    const { blockNumber } = await publicClientOf(shared.rpcUrl).getTransactionReceipt({ hash });
    await eventually(() => heads.includes(blockNumber) && pending.includes(hash) && logs.length > 0);
    for (const stop of unwatch) stop();
    expect(logs).toHaveLength(1);
    expect(logs[0]).toMatchObject({ transactionHash: hash, address: probe, blockNumber, removed: false });
    await (await client.transport.getRpcClient()).close();
  });
});

it("ethers watches over WebSocket", async () => {
  const provider = new WebSocketProvider(shared.wsUrl);
  try {
    const heads: number[] = [];
    const topics: string[] = [];
    await provider.on("block", (number: number) => heads.push(number));
    const filter = {
      address: probe,
      topics: [null, pad(accountOf(0).address), numberToHex(204, { size: 32 })],
    };
    await provider.on(filter, (log: { topics: string[] }) => topics.push(log.topics[2]!));
    await provider.getBlockNumber();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await store(204n, 1n);
    await eventually(() => heads.length > 0 && topics.length > 0);
    expect(BigInt(topics[0]!)).toBe(204n);
    expect(heads).toEqual(heads.toSorted((a, b) => a - b));
  } finally {
    await provider.destroy();
  }
});

describe("raw subscriptions", () => {
  it("end on request, and are refused over HTTP and for unknown topics", async () => {
    const { call, notifications, close } = await openSocket(shared.wsUrl);
    const { result: subscription } = await call("eth_subscribe", ["newHeads"]);
    await store(205n, 1n);
    await eventually(() => notifications.length > 0);
    expect(notifications[0]).toMatchObject({ subscription, result: { parentHash: expect.any(String) } });
    expect((await call("eth_unsubscribe", [subscription])).result).toBe(true);
    notifications.length = 0;
    await store(206n, 1n);
    await call("eth_chainId", []);
    expect(notifications).toEqual([]);
    expect((await call("eth_subscribe", ["weather"])).error?.code).toBe(-32601);
    close();
    expect((await rpcCall(shared.rpcUrl, "eth_subscribe", ["newHeads"])).error?.code).toBe(-32001);
  });
});
