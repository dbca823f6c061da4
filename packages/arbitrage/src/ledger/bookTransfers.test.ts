import type { Hex } from "@trellis/base";
import type { ChainLog, ChainReceipt, ChainTransaction, CoinMove } from "@trellis/client";
import { toEventSelector } from "viem";
import { beforeEach, describe, expect, it } from "vitest";
import { addressOf } from "../pools/testing/addresses.ts";
import type { NonceSlot } from "../submission/index.ts";
import type { ArbitrageLedger, Asset } from "./ArbitrageLedger.ts";
import { bookTransfers, type TransferPorts } from "./bookTransfers.ts";
import { createMemoryLedger } from "./createMemoryLedger.ts";
import { topicOf } from "./tokenLogs.ts";

const CHAIN = 7331;
const WALLET = addressOf(0xe0);
const OWNER = addressOf(0x0e);
const STRANGER = addressOf(0x5e);
const TOKEN = addressOf(1);
const OTHER = addressOf(2);
const HASH: Hex = `0x${"aa".repeat(32)}`;
const blockOf = (height: number) => ({ height, hash: `0x${height.toString(16).padStart(64, "0")}` as Hex });
const BLOCK = blockOf(7);
const FINAL = 9;
const options = { chainId: CHAIN, wallet: WALLET, rule: "finalized" } as const;
const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });

interface Told {
  readonly transaction?: Partial<ChainTransaction>;
  readonly receipt?: Partial<ChainReceipt>;
  readonly logs?: readonly Partial<ChainLog>[];
  readonly moves?: readonly CoinMove[];
}

let ledger: ArbitrageLedger;
beforeEach(async () => {
  ledger = createMemoryLedger();
  await begin(WALLET, "coin", 3);
  await begin(OWNER, TOKEN, 3);
});

async function begin(account: Hex, asset: Asset, height: number): Promise<void> {
  const transactionHash: Hex = `${account}${asset.slice(2)}`;
  const opening = { chainId: CHAIN, account, asset, kind: "opening", amount: 100n, transactionHash } as const;
  const nothing = { reference: undefined, opportunityId: undefined, block: blockOf(height), recordedAtMs: 0 };
  await ledger.setMovements(CHAIN, [transactionHash], [{ ...opening, ...nothing }], 0);
}

function log(
  event: string,
  accounts: readonly Hex[],
  amount: bigint,
  more: Partial<ChainLog> = {},
): ChainLog {
  return {
    address: TOKEN,
    topics: [toEventSelector(event), ...accounts.map(topicOf)],
    data: `0x${amount.toString(16).padStart(64, "0")}`,
    block: BLOCK,
    transactionHash: HASH,
    logIndex: 0,
    ...more,
  };
}
const transferred = (from: Hex, to: Hex, amount: bigint, more: Partial<ChainLog> = {}) =>
  log("Transfer(address,address,uint256)", [from, to], amount, more);

function portsOf(told: Told, changed: Partial<TransferPorts> = {}): TransferPorts {
  const receipt: ChainReceipt = {
    transactionHash: HASH,
    block: BLOCK,
    isReverted: false,
    gasUsed: 10n,
    gasPriceWei: 2n,
    contractAddress: undefined,
    ...told.receipt,
  };
  const transaction = { from: STRANGER, to: OTHER, nonce: 4, valueWei: 0n, ...told.transaction };
  return {
    ledger,
    slots: { find: async () => undefined },
    client: {
      name: "node",
      receipt: async (hash) => (hash === HASH ? receipt : undefined),
      logs: async ({ address }) =>
        (told.logs ?? []).filter((each) => each.address === address) as readonly ChainLog[],
      block: async () => ({ ...blockOf(FINAL), parentHash: HASH, timeSeconds: 0, baseFeeWei: 0n }),
      blockHash: async (height) => blockOf(height).hash,
    },
    transactions: {
      name: "node",
      transaction: async (hash) => (hash === HASH ? transaction : undefined),
      coinMoves: async () => told.moves,
    },
    worthOf: (_, amount) => 2n * amount,
    clock: { nowMs: () => 1_790_000_000_000 },
    ...changed,
  };
}
const book = (told: Told, changed?: Partial<TransferPorts>) =>
  bookTransfers([HASH], options, portsOf(told, changed));
const amounts = async (told: Told) =>
  (await book(told)).map(({ account, asset, kind, amount }) => [account, asset, kind, amount]);
const balances = async () =>
  Object.fromEntries((await ledger.positions(CHAIN, FINAL)).map(({ account, amount }) => [account, amount]));

const topUp: Told = {
  transaction: { to: WALLET, valueWei: 50n },
  moves: [{ from: STRANGER, to: WALLET, amountWei: 50n }],
};

describe("ARB-39: transfers are booked from chain data", () => {
  it("books a top-up of the wallet once, with its value", async () => {
    const [movement] = await book(topUp);
    expect(movement).toMatchObject({
      account: WALLET,
      asset: "coin",
      kind: "transfer",
      amount: 50n,
      reference: 100n,
      transactionHash: HASH,
      block: BLOCK,
    });
    await book(topUp);
    await bookTransfers([HASH, HASH], options, portsOf(topUp));
    expect(await balances()).toEqual({ [WALLET]: 150n, [OWNER]: 100n });
  });

  it("books the wallet's transfers with gas and data fee; for a revert only the gas", async () => {
    const sent = { from: WALLET, to: STRANGER, valueWei: 30n };
    const moves = [{ from: WALLET, to: STRANGER, amountWei: 30n }];
    expect(await amounts({ transaction: sent, receipt: { l1FeeWei: 7n }, moves })).toEqual([
      [WALLET, "coin", "transfer", -30n],
      [WALLET, "coin", "gas", -27n],
    ]);
    expect(await balances()).toMatchObject({ [WALLET]: 43n });
    ledger = createMemoryLedger();
    await begin(WALLET, "coin", 3);
    for (const traced of [[], undefined])
      expect(
        await amounts({ transaction: sent, receipt: { isReverted: true }, ...(traced && { moves: traced }) }),
      ).toEqual([[WALLET, "coin", "gas", -20n]]);
  });

  it("books coins received by internal calls, and keeps them if the node no longer traces", async () => {
    const moves = [{ from: OTHER, to: WALLET, amountWei: 5n }];
    expect(await amounts({ moves })).toEqual([[WALLET, "coin", "transfer", 5n]]);
    expect(await amounts({})).toEqual([[WALLET, "coin", "transfer", 5n]]);
    expect(await balances()).toMatchObject({ [WALLET]: 105n });
  });

  it("uses the transaction value if the node does not trace", async () => {
    const transaction = { to: WALLET, valueWei: 50n };
    expect(await amounts({ transaction })).toEqual([[WALLET, "coin", "transfer", 50n]]);
  });

  it("books token transfers of booked accounts, in and out, of this transaction", async () => {
    const logs = [
      transferred(OWNER, STRANGER, 40n),
      transferred(STRANGER, OWNER, 3n),
      transferred(OWNER, STRANGER, 1n, { address: OTHER }),
      transferred(WALLET, STRANGER, 1n),
      transferred(OWNER, STRANGER, 1n, { transactionHash: `0x${"bb".repeat(32)}` }),
      transferred(OWNER, STRANGER, 1n, { topics: [...transferred(OWNER, STRANGER, 1n).topics, HASH] }),
    ];
    expect(await amounts({ logs, moves: [] })).toEqual([[OWNER, TOKEN, "transfer", -37n]]);
  });

  it("books wrapping and unwrapping once, also for tokens that emit two logs", async () => {
    const nobody = addressOf(0);
    const [deposit, withdrawal] = ["Deposit", "Withdrawal"].map((name) => `${name}(address,uint256)`);
    const logs = [log(withdrawal!, [OWNER], 20n), log(deposit!, [OWNER], 5n), log(deposit!, [WALLET], 9n)];
    expect(await amounts({ logs, moves: [] })).toEqual([[OWNER, TOKEN, "transfer", -15n]]);
    ledger = createMemoryLedger();
    await begin(OWNER, TOKEN, 3);
    const twice = [transferred(OWNER, nobody, 20n), log(withdrawal!, [OWNER], 20n)];
    expect(await amounts({ logs: twice, moves: [] })).toEqual([[OWNER, TOKEN, "transfer", -20n]]);
  });
});

describe("transfers that are not booked", () => {
  it("TRANSFER_UNKNOWN: enters none of the named transactions", async () => {
    const missing: Hex = `0x${"cc".repeat(32)}`;
    await expect(bookTransfers([HASH, missing], options, portsOf(topUp))).rejects.toEqual(
      code("TRANSFER_UNKNOWN", { transactionHash: missing }),
    );
    expect(await balances()).toMatchObject({ [WALLET]: 100n });
  });

  it("TRANSFER_NOT_FINAL: also for a reorganised block", async () => {
    const early = { ...topUp, receipt: { block: blockOf(FINAL + 1) } };
    await expect(book(early)).rejects.toEqual(code("TRANSFER_NOT_FINAL", { height: FINAL + 1 }));
    const gone = { ...topUp, receipt: { block: { ...BLOCK, hash: HASH } } };
    await expect(book(gone)).rejects.toEqual(code("TRANSFER_NOT_FINAL"));
  });

  it("TRANSFER_OF_ENGINE: a transaction of a slot; a foreign transaction with its nonce is booked", async () => {
    const sent: Told = { transaction: { from: WALLET }, moves: [] };
    const slotOf = (hash: Hex) => ({ find: async () => ({ attempts: [{ hash }] }) as unknown as NonceSlot });
    await expect(book(sent, { slots: slotOf(HASH) })).rejects.toEqual(code("TRANSFER_OF_ENGINE"));
    expect(await book(sent, { slots: slotOf(`0x${"bb".repeat(32)}`) })).toMatchObject([{ kind: "gas" }]);
  });

  it("TRANSFER_WITHOUT_EFFECT: no booked account, a revert, and transfers before the books began", async () => {
    await expect(book({ moves: [] })).rejects.toEqual(code("TRANSFER_WITHOUT_EFFECT", { isTraced: true }));
    await expect(book({})).rejects.toEqual(code("TRANSFER_WITHOUT_EFFECT", { isTraced: false }));
    await expect(book({ ...topUp, moves: [], receipt: { isReverted: true } })).rejects.toEqual(
      code("TRANSFER_WITHOUT_EFFECT", { isReverted: true }),
    );
    for (const height of [2, 3])
      await expect(book({ ...topUp, receipt: { block: blockOf(height) } })).rejects.toEqual(
        code("TRANSFER_WITHOUT_EFFECT"),
      );
  });

  it("BOOKS_NOT_KEPT: in paper mode; LEDGER_DATA_MISSING: gas without a price", async () => {
    await expect(book(topUp, { slots: undefined })).rejects.toEqual(code("BOOKS_NOT_KEPT"));
    const { gasPriceWei: _, ...unpriced } = (await portsOf({}).client.receipt(HASH))!;
    const client = { ...portsOf({}).client, receipt: async () => unpriced };
    await expect(book({ transaction: { from: WALLET }, moves: [] }, { client })).rejects.toEqual(
      code("LEDGER_DATA_MISSING", { reason: "no effectiveGasPrice" }),
    );
  });
});
