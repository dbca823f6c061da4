import type { Hex } from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { openSocket } from "./openSocket.ts";
import { deployProbe, probeAbi } from "./probe.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const TO = `0x${"da".repeat(20)}` as const;
const BLOCKS = 80;
const MISSING = `0x${"11".repeat(32)}`;

interface DagBlock {
  readonly hash: Hex;
  readonly parents: readonly Hex[];
  readonly children: readonly Hex[];
  readonly blues: readonly Hex[];
  readonly blueScore: Hex;
  readonly number: Hex;
  readonly stream: number;
  readonly color: string;
  readonly isChainBlock: boolean;
  readonly transactions: readonly Hex[];
}

let hash: Hex;
let block: { blockHash: Hex; blockNumber: bigint };

beforeAll(async () => {
  hash = await walletOf(shared.rpcUrl, accountOf(0)).sendTransaction({ to: TO, value: 9n });
  block = await publicClientOf(shared.rpcUrl).waitForTransactionReceipt({ hash });
});

async function ask<T>(method: string, ...params: unknown[]): Promise<T> {
  const { result, error } = await rpcCall(shared.rpcUrl, method, params);
  expect(error).toBeUndefined();
  return result as T;
}

describe("trellis_", () => {
  it("getTips and getDagBlock: the head is a tip; blocks name parents and children", async () => {
    const tips = await ask<Hex[]>("trellis_getTips");
    expect(tips.length).toBeGreaterThan(0);
    const tip = await ask<DagBlock>("trellis_getDagBlock", tips[0]);
    expect(tip).toMatchObject({ hash: tips[0], children: [] });
    const parent = await ask<DagBlock>("trellis_getDagBlock", tip.parents[0]);
    expect(parent.children).toContain(tip.hash);
    const carrier = await ask<DagBlock>("trellis_getDagBlock", block.blockHash, true);
    expect(carrier).toMatchObject({ isChainBlock: true, color: "blue", transactions: [hash] });
    expect(carrier).toHaveProperty("rawTransactions", [expect.stringMatching(/^0x02/)]);
    expect(await ask("trellis_getDagBlock", MISSING)).toBeNull();
  });

  it("getDag: a range by blue score, lowest first", async () => {
    const blocks = await ask<DagBlock[]>("trellis_getDag", "0x0", "0xffff");
    const scores = blocks.map(({ blueScore }) => Number(blueScore));
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
    expect(scores[0]).toBe(0);
    const known = new Set(blocks.map((each) => each.hash));
    expect(blocks.every(({ parents }) => parents.every((parent) => known.has(parent)))).toBe(true);
    const { error } = await rpcCall(shared.rpcUrl, "trellis_getDag", ["0x5", "0x1"]);
    expect(error?.code).toBe(-32602);
  });

  it("getChainBlock, getStreams, getInfo, feeOracle", async () => {
    const chainBlock = await ask("trellis_getChainBlock", block.blockHash);
    expect(chainBlock).toMatchObject({ hash: block.blockHash, transactions: [{ hash }], skipped: [] });
    const streams = await ask<{ name: string; algorithm: string }[]>("trellis_getStreams");
    expect(streams.map(({ algorithm }) => algorithm)).toEqual(["memory", "heavy", "blake3"]);
    expect(await ask("trellis_getInfo")).toMatchObject({ network: "dev", chainId: "0x7a69", orphans: 0 });
    const fees = await ask<Record<string, { maxFeePerGas: Hex }>>("trellis_feeOracle");
    const caps = ["low", "normal", "fast"].map((speed) => BigInt(fees[speed]!.maxFeePerGas));
    expect(caps).toEqual(caps.toSorted((a, b) => (a < b ? -1 : 1)));
  });

  it("getTransactionStatus follows a transaction from unknown to final", async () => {
    const sender = accountOf(1);
    const statusOf = async (of: string) =>
      (await ask<{ kind: string }>("trellis_getTransactionStatus", of)).kind;
    expect(await statusOf(MISSING)).toBe("unknown");
    const waiting = await walletOf(shared.rpcUrl, sender).sendTransaction({ to: TO, nonce: 1, gas: 21_000n });
    expect(await statusOf(waiting)).toBe("pending");
    await walletOf(shared.rpcUrl, sender).sendTransaction({ to: TO, nonce: 0, gas: 21_000n });
    await publicClientOf(shared.rpcUrl).waitForTransactionReceipt({ hash: waiting });
    expect(await statusOf(waiting)).toBe("accepted");
    expect(await ask("trellis_getTransactionStatus", hash)).toMatchObject({
      blockHash: block.blockHash,
      carriers: [block.blockHash],
    });
    expect(await ask<Hex[]>("trellis_mine", `0x${BLOCKS.toString(16)}`)).toHaveLength(BLOCKS);
    await eventually(async () => (await statusOf(waiting)) === "finalized");
  });
});

it("finalized data is still readable: state, calls, proofs, traces", async () => {
  const client = publicClientOf(shared.rpcUrl);
  const probe = await deployProbe(shared.rpcUrl, accountOf(2));
  const call = { address: probe, abi: probeAbi } as const;
  const wallet = walletOf(shared.rpcUrl, accountOf(2));
  const stored = await wallet.writeContract({ ...call, functionName: "store", args: [1n, 5n] });
  const { blockNumber } = await client.waitForTransactionReceipt({ hash: stored });
  await ask("trellis_mine", `0x${BLOCKS.toString(16)}`);
  const again = await wallet.writeContract({ ...call, functionName: "store", args: [1n, 6n] });
  await client.waitForTransactionReceipt({ hash: again });

  await eventually(async () => (await client.getBlock({ blockTag: "finalized" })).number > blockNumber);
  const values = { ...call, functionName: "values", args: [1n] } as const;
  expect(await client.readContract({ ...values, blockNumber })).toBe(5n);
  expect(await client.readContract({ ...values, blockNumber: blockNumber - 1n })).toBe(0n);
  expect(await client.readContract(values)).toBe(6n);
  expect(await client.getBalance({ address: TO, blockNumber: block.blockNumber })).toBe(9n);
  expect(await client.getBalance({ address: TO, blockNumber: 0n })).toBe(0n);
  const frame = await ask("debug_traceTransaction", stored, { tracer: "callTracer" });
  expect(frame).toMatchObject({ type: "CALL", to: probe.toLowerCase() });
  const safe = await client.getBlock({ blockTag: "safe" });
  expect(safe.number).toBeGreaterThan(blockNumber);
  expect(safe.number).toBeLessThan(await client.getBlockNumber({ cacheTime: 0 }));
});

describe("trellis_subscribe", () => {
  interface ChainMessage {
    readonly kind: string;
    readonly cursor: string;
  }

  it("chain: every chain block arrives once and in order, across a broken connection", async () => {
    const first = await openSocket(shared.wsUrl);
    await first.call("trellis_subscribe", ["chain"]);
    await ask("trellis_mine", "0x3");
    const added = (messages: readonly { result: unknown }[]) =>
      messages.map(({ result }) => result as ChainMessage).filter(({ kind }) => kind === "added");
    await eventually(() => added(first.notifications).length >= 3);
    first.close();
    const { cursor } = added(first.notifications).at(-1)!;
    await ask("trellis_mine", "0x4");
    const second = await openSocket(shared.wsUrl);
    await second.call("trellis_subscribe", ["chain", { since: cursor }]);
    await ask("trellis_mine", "0x2");
    await eventually(() => added(second.notifications).length >= 6);
    second.close();
    const numbers = [...added(first.notifications), ...added(second.notifications)].map((message) =>
      Number((message as unknown as { block: { number: Hex } }).block.number),
    );
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index));
  });

  it("dag: every added block", async () => {
    const socket = await openSocket(shared.wsUrl);
    await socket.call("trellis_subscribe", ["dag"]);
    const hashes = await ask<Hex[]>("trellis_mine", "0x3");
    await eventually(() => socket.notifications.length >= 3);
    socket.close();
    const seen = socket.notifications.map(({ result }) => (result as { block: DagBlock }).block.hash);
    expect(seen).toEqual(expect.arrayContaining(hashes));
  });
});
