import { hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { OPENRPC_FILE, vectorsDirectory } from "@trellis/kit";
import { decodeAccount } from "@trellis/protocol";
import { trieRootOfList, verifyProof } from "@trellis/storage";
import {
  type Address,
  createPublicClient,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  http,
  keccak256 as keccak256Hex,
  parseGwei,
} from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { accountOf, devnetChain } from "./chain.ts";
import { ethersProviderOf, publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { deployProbe, probeAbi } from "./probe.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const SLOT_COUNT = 40n;
let probe: Address;
let hash: Hex;

beforeAll(async () => {
  probe = await deployProbe(shared.rpcUrl, accountOf(0));
  const wallet = walletOf(shared.rpcUrl, accountOf(0));
  const call = { address: probe, abi: probeAbi } as const;
  hash = await wallet.writeContract({ ...call, functionName: "storeMany", args: [0n, SLOT_COUNT, 77n] });
  await publicClientOf(shared.rpcUrl).waitForTransactionReceipt({ hash });
});

function storageSlotOf(slot: bigint): Hex {
  return keccak256Hex(encodeAbiParameters([{ type: "uint256" }, { type: "uint256" }], [slot, 0n]));
}

describe("blocks", () => {
  it("have the numbers that the tags name", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const number = async (blockTag: "latest" | "earliest" | "safe" | "finalized" | "pending") =>
      (await client.getBlock({ blockTag })).number ?? -1n;
    const latest = await client.getBlockNumber({ cacheTime: 0 });
    expect(await number("latest")).toBe(latest);
    expect(await number("earliest")).toBe(0n);
    expect(await number("safe")).toBeLessThanOrEqual(latest);
    expect(await number("finalized")).toBeLessThanOrEqual(await number("safe"));
    expect(await number("pending")).toBeGreaterThanOrEqual(latest);
  });

  it("are linked to each other, and the same by number and by hash, with or without transactions", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const { blockNumber, blockHash, transactionIndex } = await client.getTransactionReceipt({ hash });
    const [block, parent] = await Promise.all([
      client.getBlock({ blockNumber }),
      client.getBlock({ blockNumber: blockNumber - 1n }),
    ]);
    expect(block.parentHash).toBe(parent.hash);
    expect(block.timestamp).toBeGreaterThanOrEqual(parent.timestamp);
    expect(await client.getBlock({ blockHash })).toEqual(block);
    expect(block.transactions[transactionIndex]).toBe(hash);
    const full = await client.getBlock({ blockNumber, includeTransactions: true });
    expect(full.transactions.map((transaction) => transaction.hash)).toEqual(block.transactions);
    expect(full.transactions[transactionIndex]).toEqual(await client.getTransaction({ hash }));
    const place = { blockNumber, index: transactionIndex };
    expect(await client.getTransaction(place)).toEqual(full.transactions[transactionIndex]);
    expect(await client.getBlockTransactionCount({ blockNumber })).toBe(block.transactions.length);
    expect(await client.getBlockTransactionCount({ blockHash })).toBe(block.transactions.length);
  });

  it("have the receipts of their transactions, in order", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const { blockNumber, blockHash } = await client.getTransactionReceipt({ hash });
    const byNumber = await rpcCall(shared.rpcUrl, "eth_getBlockReceipts", [`0x${blockNumber.toString(16)}`]);
    const byHash = await rpcCall(shared.rpcUrl, "eth_getBlockReceipts", [blockHash]);
    expect(byHash.result).toEqual(byNumber.result);
    const receipts = byNumber.result as { transactionHash: Hex; logs: unknown[] }[];
    const { transactions } = await client.getBlock({ blockNumber });
    expect(receipts.map(({ transactionHash }) => transactionHash)).toEqual(transactions);
    expect(receipts.at(-1)!.logs).toHaveLength(Number(SLOT_COUNT));
  });

  it("that do not exist are null", async () => {
    expect((await rpcCall(shared.rpcUrl, "eth_getBlockByNumber", ["0xffffff", false])).result).toBeNull();
    const params = [`0x${"ee".repeat(32)}`, true];
    expect((await rpcCall(shared.rpcUrl, "eth_getBlockByHash", params)).result).toBeNull();
  });

  it("read the same through ethers", async () => {
    const provider = ethersProviderOf(shared.rpcUrl);
    try {
      const expected = await publicClientOf(shared.rpcUrl).getBlock();
      const block = await provider.getBlock(Number(expected.number), true);
      expect(block).toMatchObject({ hash: expected.hash, parentHash: expected.parentHash });
      expect(block!.prefetchedTransactions.map((transaction) => transaction.hash)).toEqual(
        expected.transactions,
      );
      expect(await provider.getNetwork()).toMatchObject({ chainId: 31337n });
    } finally {
      provider.destroy();
    }
  });
});

describe("state", () => {
  it("of an earlier block is still available", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const { blockNumber } = await client.getTransactionReceipt({ hash });
    const slot = storageSlotOf(3n);
    const at = (number: bigint) => client.getStorageAt({ address: probe, slot, blockNumber: number });
    expect(BigInt((await at(blockNumber - 1n))!)).toBe(0n);
    expect(BigInt((await at(blockNumber))!)).toBe(77n);
    expect(await client.getCode({ address: probe, blockNumber: 0n })).toBeUndefined();
    expect((await client.getCode({ address: probe }))!.length).toBeGreaterThan(100);
    const values = { address: probe, abi: probeAbi, functionName: "values", args: [3n] } as const;
    expect(await client.readContract(values)).toBe(77n);
    expect(await client.readContract({ ...values, args: [SLOT_COUNT] })).toBe(0n);
  });

  it("is read at a block's hash (EIP-1898)", async () => {
    const { blockHash } = await publicClientOf(shared.rpcUrl).getTransactionReceipt({ hash });
    const params = [accountOf(0).address, { blockHash, requireCanonical: true }];
    const { result } = await rpcCall(shared.rpcUrl, "eth_getBalance", params);
    expect(BigInt(result as Hex)).toBeGreaterThan(0n);
  });

  it("is proven: account and storage, present and absent, to the block's state root", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const slots = [storageSlotOf(0n), storageSlotOf(SLOT_COUNT - 1n), storageSlotOf(SLOT_COUNT)];
    const { stateRoot, number } = await client.getBlock();
    const proof = await client.getProof({ address: probe, storageKeys: slots, blockNumber: number });

    const bytes = (nodes: readonly Hex[]): Uint8Array[] => nodes.map((node) => hexToBytes(node));
    const accountKey = keccak256(hexToBytes(probe));
    const { account, storageRoot } = decodeAccount(
      verifyProof(stateRoot, accountKey, bytes(proof.accountProof))!,
    );
    expect(account).toEqual({ nonce: 1n, balance: 0n, codeHash: proof.codeHash });
    expect(storageRoot).toBe(proof.storageHash);
    expect(proof.codeHash).toBe(keccak256Hex((await client.getCode({ address: probe }))!));
    for (const [index, expected] of [77n, 77n, 0n].entries()) {
      const { key, value, proof: nodes } = proof.storageProof[index]!;
      expect({ key, value }).toEqual({ key: slots[index], value: expected });
      const found = verifyProof(storageRoot, keccak256(hexToBytes(slots[index]!)), bytes(nodes));
      if (expected === 0n) expect(found).toBeUndefined();
      else expect(BigInt(`0x${Buffer.from(found!).toString("hex")}`)).toBe(expected);
    }

    const nobody = `0x${"3e".repeat(20)}` as const;
    const absent = await client.getProof({ address: nobody, storageKeys: [], blockNumber: number });
    expect(absent).toMatchObject({ balance: 0n, nonce: 0 });
    expect(verifyProof(stateRoot, keccak256(hexToBytes(nobody)), bytes(absent.accountProof))).toBeUndefined();
    const forged = [...bytes(absent.accountProof)];
    forged[0] = forged[0]!.with(10, forged[0]![10]! ^ 1);
    expect(() => verifyProof(stateRoot, keccak256(hexToBytes(nobody)), forged)).toThrow();
  });

  it("is overridden for a call and unchanged", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const poor = `0x${"5a".repeat(20)}` as const;
    const data = encodeFunctionData({ abi: probeAbi, functionName: "values", args: [1n] });
    const { data: seen } = await client.call({
      account: poor,
      to: probe,
      data,
      stateOverride: [
        { address: poor, balance: 10n ** 20n },
        { address: probe, stateDiff: [{ slot: storageSlotOf(1n), value: `0x${"00".repeat(31)}2a` }] },
      ],
    });
    expect(BigInt(seen!)).toBe(42n);
    expect(await client.getBalance({ address: poor })).toBe(0n);
    expect(
      await client.readContract({ address: probe, abi: probeAbi, functionName: "values", args: [1n] }),
    ).toBe(77n);
  });

  it("a call sees the block that it runs in", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const block = await client.getBlock();
    const call = { address: probe, abi: probeAbi, functionName: "context" } as const;
    const [number, timestamp, chain] = await client.readContract({ ...call, blockNumber: block.number });
    expect(chain).toBe(31337n);
    expect(number).toBeGreaterThanOrEqual(block.number);
    expect(timestamp).toBeGreaterThanOrEqual(block.timestamp);
  });
});

describe("fees", () => {
  it("fee history has the base fees of the blocks and of the next, and rewards in order", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const latest = await client.getBlockNumber({ cacheTime: 0 });
    const history = await client.getFeeHistory({
      blockCount: 2,
      blockNumber: latest,
      rewardPercentiles: [0, 50, 100],
    });
    expect(history.oldestBlock).toBe(latest - 1n);
    expect(history.baseFeePerGas).toHaveLength(3);
    expect(history.gasUsedRatio).toHaveLength(2);
    for (const [offset, blockNumber] of [latest - 1n, latest].entries()) {
      const { baseFeePerGas } = await client.getBlock({ blockNumber });
      expect(history.baseFeePerGas[offset]).toBe(baseFeePerGas);
      const [low, middle, high] = history.reward![offset]!;
      expect(low! <= middle! && middle! <= high!).toBe(true);
    }
  });

  it("a suggested fee suffices for inclusion", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas();
    const gasPrice = await client.getGasPrice();
    const { baseFeePerGas } = await client.getBlock();
    expect(maxFeePerGas).toBeGreaterThanOrEqual(maxPriorityFeePerGas);
    expect(gasPrice).toBeGreaterThanOrEqual(baseFeePerGas!);
    expect(maxPriorityFeePerGas).toBeLessThan(parseGwei("100"));
    const wallet = walletOf(shared.rpcUrl, accountOf(1));
    const sent = await wallet.sendTransaction({ to: probe, value: 1n, type: "legacy", gasPrice });
    const { effectiveGasPrice } = await client.waitForTransactionReceipt({ hash: sent });
    expect(effectiveGasPrice).toBe(gasPrice);
  });

  it("an estimate suffices, and one gas less than needed does not", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const call = { address: probe, abi: probeAbi, functionName: "store", args: [500n, 1n] } as const;
    const account = accountOf(1);
    // For an account of its own, viem asks eth_fillTransaction.
    const gas = await client.estimateContractGas({ ...call, account: account.address });
    const wallet = walletOf(shared.rpcUrl, account);
    const enough = await wallet.writeContract({ ...call, gas });
    const receipt = await client.waitForTransactionReceipt({ hash: enough });
    expect(receipt.status).toBe("success");
    expect(gas).toBeGreaterThanOrEqual(receipt.gasUsed);

    const fresh = { ...call, args: [501n, 1n] } as const;
    const short = await wallet.writeContract({ ...fresh, gas: receipt.gasUsed - 1n });
    expect((await client.waitForTransactionReceipt({ hash: short })).status).toBe("reverted");
    expect(await client.estimateGas({ account: account.address, to: accountOf(2).address, value: 1n })).toBe(
      21_000n,
    );
  });

  it("an access list contains what the call touches", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const data = encodeFunctionData({ abi: probeAbi, functionName: "store", args: [7n, 8n] });
    const { accessList, gasUsed } = await client.createAccessList({ account: accountOf(1), to: probe, data });
    expect(accessList.map(({ address }) => address.toLowerCase())).toEqual([probe.toLowerCase()]);
    expect(accessList[0]!.storageKeys).toEqual([storageSlotOf(7n)]);
    expect(gasUsed).toBeGreaterThan(21_000n);
  });
});

describe("batches", () => {
  it("answers each of a hundred calls in one request", async () => {
    const transport = http(shared.rpcUrl, { batch: { batchSize: 100, wait: 20 } });
    const client = createPublicClient({ chain: devnetChain, transport });
    const values = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        client.readContract({ address: probe, abi: probeAbi, functionName: "values", args: [BigInt(index)] }),
      ),
    );
    expect(values).toEqual(values.map((_, index) => (index < SLOT_COUNT ? 77n : 0n)));
  });

  it("are answered in order, including errors, without notifications", async () => {
    const body = JSON.stringify([
      { jsonrpc: "2.0", id: "a", method: "eth_chainId" },
      { jsonrpc: "2.0", method: "eth_chainId" },
      { jsonrpc: "2.0", id: 2, method: "eth_nothing" },
      { jsonrpc: "2.0", id: null, method: "net_version" },
    ]);
    const headers = { "content-type": "application/json" };
    const response = await fetch(shared.devnet.rpcUrl, { method: "POST", headers, body });
    expect(await response.json()).toEqual([
      { jsonrpc: "2.0", id: "a", result: "0x7a69" },
      { jsonrpc: "2.0", id: 2, error: expect.objectContaining({ code: -32601 }) },
      { jsonrpc: "2.0", id: null, result: "31337" },
    ]);
  });
});

it("identifies itself", async () => {
  const ask = async (method: string, params: unknown[] = []) =>
    (await rpcCall(shared.rpcUrl, method, params)).result;
  expect(await ask("net_version")).toBe("31337");
  expect(await ask("net_listening")).toBeTypeOf("boolean");
  expect(await ask("web3_clientVersion")).toMatch(/^anvil\/Trellis\/\d+\.\d+\.\d+/);
  expect(await ask("web3_sha3", ["0x68656c6c6f"])).toBe(keccak256Hex("0x68656c6c6f"));
  expect(await ask("eth_syncing")).toBe(false);
  expect(await ask("txpool_status")).toEqual({ pending: "0x0", queued: "0x0" });
});

it("a block's receipts are what its receipts root commits to, and its transactions hash to their hashes", async () => {
  const client = publicClientOf(shared.rpcUrl);
  const { blockNumber } = await client.getTransactionReceipt({ hash });
  const { receiptsRoot, transactionsRoot, transactions } = await client.getBlock({ blockNumber });
  const ask = async (method: string, params: unknown[]) =>
    (await rpcCall(shared.rpcUrl, method, params)).result;
  const receipts = (await ask("debug_getRawReceipts", [`0x${blockNumber.toString(16)}`])) as Hex[];
  const encoded = await Promise.all(transactions.map((each) => ask("debug_getRawTransaction", [each])));
  expect(trieRootOfList(receipts.map((receipt) => hexToBytes(receipt)))).toBe(receiptsRoot);
  expect(trieRootOfList(encoded.map((bytes) => hexToBytes(bytes as Hex)))).toBe(transactionsRoot);
  expect(encoded.map((bytes) => keccak256Hex(bytes as Hex))).toEqual(transactions);
});

it.skipIf(vectorsDirectory(OPENRPC_FILE) === undefined)(
  "the answers of all these methods were validated",
  () => {
    const expected = [
      ...["eth_getBlockByNumber", "eth_getBlockByHash", "eth_getBlockReceipts", "eth_getTransactionReceipt"],
      ...["eth_getBalance", "eth_getCode", "eth_getProof", "eth_getStorageAt", "eth_call", "eth_estimateGas"],
      ...[
        "eth_createAccessList",
        "eth_feeHistory",
        "eth_gasPrice",
        "eth_sendRawTransaction",
        "txpool_status",
      ],
    ];
    expect([...shared.checkedCounts.keys()]).toEqual(expect.arrayContaining(expected));
  },
);
