import type { Hex } from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { deploying, loop } from "./attacks/bytecode.ts";
import { Wallet } from "./attacks/Wallet.ts";
import { batchCall } from "./batchCall.ts";
import { rpcCall } from "./clients.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const TRANSACTIONS = 60;
/** A worker reads blocks that used more gas. */
const LIGHT_GAS = 1_000_000;

interface Block {
  readonly number: Hex;
  readonly hash: Hex;
  readonly gasUsed: Hex;
  readonly transactions: readonly Hex[];
}

let block: Block;
/** Read without a worker: the node answers single receipts itself. */
let receipts: readonly { readonly logs: readonly object[] }[];

beforeAll(async () => {
  const wallet = await Wallet.open(shared.rpcUrl, 3);
  const [to] = await wallet.deploy([deploying(loop("5a5f5fa1".repeat(5)))], 1_000_000n);
  const signed = Array.from({ length: TRANSACTIONS }, () => [wallet.sign({ to: to!, gasLimit: 180_000n })]);
  await batchCall(shared.rpcUrl, "eth_sendRawTransaction", signed);
  await wallet.settled();
  const last = Number((await rpcCall(shared.rpcUrl, "eth_blockNumber")).result);
  const numbers = Array.from({ length: last + 1 }, (_, number) => [`0x${number.toString(16)}`, false]);
  const blocks = (await batchCall(shared.rpcUrl, "eth_getBlockByNumber", numbers)).map(
    ({ result }) => result as Block,
  );
  block = blocks.toSorted((a, b) => Number(b.gasUsed) - Number(a.gasUsed))[0]!;
  const single = await batchCall(
    shared.rpcUrl,
    "eth_getTransactionReceipt",
    block.transactions.map((hash) => [hash]),
  );
  receipts = single.map(({ result }) => result as { logs: object[] });
  // Adds a block, because reads of the head take a faster path.
  await wallet.send({});
  await wallet.settled();
});

const call = async (method: string, ...params: unknown[]) =>
  (await rpcCall(shared.rpcUrl, method, params)).result;

describe("RPC-25: reads of a block with much gas, in a worker with the store", () => {
  it("the block is large", () => {
    expect(Number(block.gasUsed)).toBeGreaterThan(LIGHT_GAS);
    expect(receipts[0]!.logs.length).toBeGreaterThan(50);
  });

  it("receipts equal those returned one by one", async () => {
    expect(await call("eth_getBlockReceipts", block.hash)).toEqual(receipts);
  });

  it("logs are those of the receipts", async () => {
    const logs = receipts.flatMap(({ logs: own }) => own);
    expect(await call("eth_getLogs", { blockHash: block.hash })).toEqual(logs);
    expect(await call("eth_getLogs", { fromBlock: block.number, toBlock: block.number })).toEqual(logs);
  });

  it("transactions equal those returned one by one", async () => {
    const hashes = block.transactions.map((hash) => [hash]);
    const single = await batchCall(shared.rpcUrl, "eth_getTransactionByHash", hashes);
    const full = (await call("eth_getBlockByHash", block.hash, true)) as Block;
    expect(full.transactions).toEqual(single.map(({ result }) => result));
    expect({ ...full, transactions: block.transactions }).toEqual(block);
  });

  it("fees are those of the block", async () => {
    const history = await call("eth_feeHistory", "0x1", block.number, [50]);
    expect(history).toMatchObject({ oldestBlock: block.number, reward: [[expect.stringMatching(/^0x/)]] });
  });
});
