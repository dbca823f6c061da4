import { hexToBytes, silentLog, silentMetrics } from "@trellis/base";
import { FakeChainView } from "@trellis/kit/chainView";
import { type Hash, type Signed, type Vote, ZERO_ADDRESS } from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore } from "@trellis/storage";
import { describe, expect, it } from "vitest";
import { Indexer } from "./Indexer.ts";
import {
  ALICE,
  abiText,
  BOB,
  openTestIndex,
  TOKEN,
  TRANSFER,
  topicOf,
  transferLog,
  withLogs,
  wordOf,
} from "./testing/openTestIndex.ts";

const PAGE = { countMax: 100 };
const MANY_LOGS = Array.from({ length: 200 }, (_, index) => transferLog(ALICE, BOB, BigInt(index)));
const NAME = "0x06fdde03";
const SYMBOL = "0x95d89b41";
const DECIMALS = "0x313ce567";

function contentOf(store: KeyValueStore): string[] {
  return [...store.range({})].map(
    ([key, value]) => `${Buffer.from(key).toString("hex")} ${Buffer.from(value)}`,
  );
}

describe("index", () => {
  it("yields between two logs, with the same result", async () => {
    const chain = new FakeChainView();
    chain.add({
      transactions: [withLogs(...Array.from({ length: 20 }, (_, i) => transferLog(ALICE, BOB, BigInt(i))))],
    });
    const [store, store2] = [createMemoryStore(), createMemoryStore()];
    let turns = 0;
    const pace = { isDue: () => true, pause: async () => void turns++, processorMs: () => 0 };
    for (const ports of [{ store, pace }, { store: store2 }]) {
      const index = await Indexer.open({ chain, log: silentLog, metrics: silentMetrics, ...ports });
      await index.idle();
    }
    expect(turns).toBeGreaterThan(20);
    expect(contentOf(store)).toEqual(contentOf(store2));
  });

  it("that lags indexes no blocks that a revert removes meanwhile, and catches up for a read", async () => {
    const [chain, store] = [new FakeChainView(), createMemoryStore()];
    const due: (() => void)[] = [];
    const scheduler = {
      after: (_: number, task: () => void) => {
        due.push(task);
        return { cancel: () => due.splice(due.indexOf(task), 1) };
      },
    };
    const lag = { ms: 250, scheduler };
    const index = await Indexer.open({ chain, store, log: silentLog, metrics: silentMetrics, lag });
    await index.idle();
    const first = contentOf(store);
    chain.add({ transactions: [withLogs(transferLog(ALICE, BOB, 5n))] });
    chain.reorganise(1, []);
    expect(due).toHaveLength(1);
    due[0]!();
    await index.idle();
    expect([contentOf(store), index.caughtUp(), due]).toEqual([first, undefined, []]);
    chain.add({ transactions: [withLogs(transferLog(ALICE, BOB, 6n))] });
    await index.idle();
    expect(index.tokenTransfers(TOKEN, PAGE).items).toEqual([]);
    await index.caughtUp();
    expect(index.tokenTransfers(TOKEN, PAGE).items).toMatchObject([{ amount: "6" }]);
    chain.add();
    await index.stop();
    expect(due).toEqual([]);
  });

  it("lists an account's transactions with its role in them, newest first", async () => {
    const { chain, index, add } = await openTestIndex();
    await add(transferLog(ALICE, BOB, 5n));
    await add(transferLog(BOB, BOB, 1n), transferLog(ALICE, BOB, 2n));
    const { items } = index.history(BOB, PAGE);
    expect(items.map(({ blockNumber, roles }) => [blockNumber, roles])).toEqual([
      [2, ["tokenSender", "tokenRecipient"]],
      [1, ["tokenRecipient"]],
    ]);
    const first = chain.blockByNumber(1)!.transactions[0]!;
    expect(items[1]).toMatchObject({ transactionHash: first.transaction.hash, transactionIndex: 0 });
    expect(index.history(first.sender, PAGE).items).toHaveLength(2);
    expect(index.history(first.sender, PAGE).items[0]!.roles).toEqual(["sender"]);
  });

  it("lists transfers by account and by token, with mints and burns", async () => {
    const { index, add } = await openTestIndex();
    await add(
      transferLog(ZERO_ADDRESS, ALICE, 10n),
      transferLog(ALICE, BOB, 4n),
      transferLog(BOB, ZERO_ADDRESS, 1n),
    );
    const amounts = (items: readonly { amount: string }[]) => items.map(({ amount }) => amount);
    expect(amounts(index.tokenTransfers(TOKEN, PAGE).items)).toEqual(["1", "4", "10"]);
    expect(amounts(index.accountTransfers(ALICE, PAGE).items)).toEqual(["4", "10"]);
    expect(amounts(index.accountTransfers(BOB, PAGE).items)).toEqual(["1", "4"]);
    expect(index.accountTransfers(ZERO_ADDRESS, PAGE).items).toEqual([]);
    expect(index.holdings(BOB, PAGE).items).toEqual([{ address: TOKEN, standard: "erc20", firstBlock: 1 }]);
  });

  it("lists evidence against validators, newest first, and removes it with its block", async () => {
    const { chain, index } = await openTestIndex();
    const vote = (validator: number, byte: string | undefined): Signed<Vote> => ({
      message: {
        epoch: 3,
        height: 8,
        round: 1,
        step: "precommit",
        validator,
        value: byte === undefined ? undefined : `0x${byte.repeat(32)}`,
      },
      signature: new Uint8Array(96).fill(7),
    });
    const accuse = (validator: number) => ({
      first: vote(validator, undefined),
      second: vote(validator, "11"),
    });
    const block = chain.add({ evidence: [accuse(0), accuse(1)] });
    chain.add({ evidence: [accuse(2)] });
    await index.idle();
    const { items } = index.evidence(PAGE);
    expect(items.map(({ blockNumber, place, validator }) => [blockNumber, place, validator])).toEqual([
      [2, 0, 2],
      [1, 1, 1],
      [1, 0, 0],
    ]);
    expect(items[2]).toEqual({
      blockNumber: 1,
      place: 0,
      carrier: block.hash,
      validator: 0,
      epoch: 3,
      height: 8,
      round: 1,
      step: "precommit",
      values: [null, `0x${"11".repeat(32)}`],
      signatures: [`0x${"07".repeat(96)}`, `0x${"07".repeat(96)}`],
    });
    const { cursor } = index.evidence({ countMax: 2 });
    expect(index.evidence({ countMax: 2, cursor: cursor! }).items).toHaveLength(1);
    chain.reorganise(2, [{}, {}]);
    await index.idle();
    expect(index.evidence(PAGE).items).toEqual([]);
  });

  it("has a token's metadata without deceptive characters", async () => {
    const evil = "\u202eUSD\u0000 <script>alert(1)</script>";
    const { index, add } = await openTestIndex(undefined, undefined, {
      [NAME]: abiText(evil),
      [SYMBOL]: hexToBytes(`0x${Buffer.from("MKR").toString("hex").padEnd(64, "0")}`),
      [DECIMALS]: hexToBytes(wordOf(18n)),
    });
    await add(transferLog(ALICE, BOB, 1n));
    const token = {
      address: TOKEN,
      standard: "erc20",
      name: "USD <script>alert(1)</script>",
      symbol: "MKR",
      decimals: 18,
      firstBlock: 1,
    };
    expect(index.token(TOKEN)).toEqual(token);
    expect(index.tokens(PAGE).items).toEqual([token]);
  });

  it.each([
    ["longer than its length", hexToBytes(`${wordOf(32n)}${wordOf(2n ** 255n).slice(2)}`)],
    ["somewhere else", hexToBytes(`${wordOf(2n ** 200n)}${wordOf(1n).slice(2)}`)],
    ["not there", new Uint8Array(7)],
  ])("ignores a token's name that is %s", async (_, name) => {
    const { index, add } = await openTestIndex(undefined, undefined, { [NAME]: name });
    await add(transferLog(ALICE, BOB, 1n));
    expect(index.token(TOKEN)).toEqual({ address: TOKEN, standard: "erc20", firstBlock: 1 });
  });

  it.each([
    ["64 characters", "x".repeat(64), "x".repeat(64)],
    ["65 characters", "x".repeat(65), `${"x".repeat(63)}…`],
    ["2,000 bytes, cut in a character", `a${"é".repeat(1_000)}`, `a${"é".repeat(62)}…`],
    ["many invisible characters", "\u200b".repeat(100), "…"],
  ])("for a token's name of %s stores what fits, and marks it as truncated", async (_, name, shown) => {
    const { index, add } = await openTestIndex(undefined, undefined, { [NAME]: abiText(name) });
    await add(transferLog(ALICE, BOB, 1n));
    expect(index.token(TOKEN)?.name).toBe(shown);
  });

  it("marks a token's name as truncated when reading it costs too much gas", async () => {
    const { index, add } = await openTestIndex(undefined, undefined, { [NAME]: "outOfGas" });
    await add(transferLog(ALICE, BOB, 1n));
    expect(index.token(TOKEN)?.name).toBe("…");
    expect(index.search("…").map(({ kind }) => kind)).toEqual([]);
  });

  it("has logs by each of their topics", async () => {
    const { index, add } = await openTestIndex();
    await add(transferLog(ALICE, BOB, 1n), transferLog(BOB, ALICE, 2n));
    expect(index.logs(TRANSFER, PAGE).items.map(({ logIndex }) => logIndex)).toEqual([1, 0]);
    expect(index.logs(topicOf(ALICE), PAGE).items).toMatchObject([
      { blockNumber: 1, logIndex: 1, position: 2, emitter: TOKEN },
      { blockNumber: 1, logIndex: 0, position: 1, emitter: TOKEN },
    ]);
  });

  it("finds an emitter's own logs behind any number of others with their topic, in pages", async () => {
    const { chain, index, add } = await openTestIndex();
    for (let made = 0; made < 3; made++) await add(transferLog(ALICE, BOB, 1n));
    await add(...Array.from({ length: 20 }, () => transferLog(ALICE, BOB, 1n, BOB)));
    const first = index.logs(TRANSFER, { countMax: 2 }, TOKEN);
    expect(first.items.map(({ blockNumber }) => blockNumber)).toEqual([3, 2]);
    expect(first.items[0]).toEqual({
      blockNumber: 3,
      logIndex: 0,
      position: 0,
      emitter: TOKEN,
      transactionHash: chain.blockByNumber(3)!.transactions[0]!.transaction.hash,
    });
    const rest = index.logs(TRANSFER, { countMax: 2, cursor: first.cursor! }, TOKEN);
    expect(rest).toMatchObject({ items: [{ blockNumber: 1 }] });
    expect(rest.cursor).toBeUndefined();
    expect(index.logs(TRANSFER, PAGE, ALICE).items).toEqual([]);
  });

  it("lists the blocks of a miner", async () => {
    const { chain, index, add } = await openTestIndex();
    await add();
    const { hash, header } = chain.head();
    expect(index.mined(header.miner, PAGE).items[0]).toEqual({
      block: hash,
      blockNumber: 1,
      timestampMs: header.timestampMs,
    });
  });

  it("pages neither repeat nor omit entries while the chain grows", async () => {
    const { index, add } = await openTestIndex();
    for (let made = 0; made < 7; made++) await add(transferLog(ALICE, BOB, BigInt(made)));
    const first = index.accountTransfers(BOB, { countMax: 3 });
    await add(transferLog(ALICE, BOB, 7n));
    const second = index.accountTransfers(BOB, { countMax: 3, cursor: first.cursor! });
    const third = index.accountTransfers(BOB, { countMax: 3, cursor: second.cursor! });
    const amounts = [first, second, third].map(({ items }) => items.map(({ amount }) => amount).join());
    expect(amounts).toEqual(["6,5,4", "3,2,1", "0"]);
    expect(third.cursor).toBeUndefined();
  });

  it.each(["0x", "0x01", "0xzz", `0x${"00".repeat(40)}`])("INDEX_CURSOR_INVALID: %s", async (cursor) => {
    const { index } = await openTestIndex();
    const page = { countMax: 1, cursor: cursor as Hash };
    const error = expect.objectContaining({ code: "INDEX_CURSOR_INVALID" });
    expect(() => index.history(ALICE, page)).toThrow(error);
    expect(() => index.holdings(ALICE, page)).toThrow(error);
  });
});

describe("following", () => {
  it("after a reorganisation the index equals that of the new chain alone", async () => {
    const { chain, store, index, add } = await openTestIndex();
    await add(transferLog(ALICE, BOB, 1n));
    await add(transferLog(ALICE, BOB, 2n));
    await add(transferLog(BOB, ALICE, 3n, BOB));
    const [four, five, six] = [4n, 5n, 6n].map((amount) => ({
      transactions: [withLogs(transferLog(BOB, ALICE, amount))],
    }));
    chain.reorganise(2, [four!, five!, six!]);
    await index.idle();
    expect(index.accountTransfers(ALICE, PAGE).items.map(({ amount }) => amount)).toEqual([
      "6",
      "5",
      "4",
      "1",
    ]);
    expect(index.token(BOB)).toBeUndefined();
    const { store: fresh } = await openTestIndex(chain);
    expect(contentOf(store)).toEqual(contentOf(fresh));
  });

  it("resumes where it was, through reorganisations while it was off", async () => {
    const chain = new FakeChainView();
    const store = createMemoryStore();
    const first = await openTestIndex(chain, store);
    await first.add(transferLog(ALICE, BOB, 1n));
    await first.add(transferLog(ALICE, BOB, 2n));
    await first.index.stop();
    chain.reorganise(1, [{ transactions: [withLogs(transferLog(ALICE, BOB, 3n))] }, {}]);
    const second = await openTestIndex(chain, store);
    expect(second.index.accountTransfers(BOB, PAGE).items.map(({ amount }) => amount)).toEqual(["3", "1"]);
    expect(second.index.status()).toEqual({ from: 0, number: 3, headNumber: 3 });
  });

  it("removes entries of blocks that were not final when it stopped and were pruned since", async () => {
    const chain = new FakeChainView();
    const store = createMemoryStore();
    const first = await openTestIndex(chain, store);
    await first.add(transferLog(ALICE, BOB, 1n));
    await first.add(transferLog(ALICE, BOB, 2n));
    chain.finalize(2);
    await first.add(transferLog(ALICE, BOB, 3n));
    await first.add(transferLog(ALICE, BOB, 4n));
    await first.index.stop();
    chain.reorganise(1, [{}, {}, {}, { transactions: [withLogs(transferLog(ALICE, BOB, 5n))] }, {}]);
    chain.finalize(7);
    chain.oldest = 6;
    const second = await openTestIndex(chain, store);
    expect(second.index.status()).toEqual({ from: 6, number: 8, headNumber: 8 });
    expect(second.index.accountTransfers(BOB, PAGE).items.map(({ amount }) => amount)).toEqual(["5", "1"]);
  });

  it("deletes undo data of final blocks", async () => {
    const { chain, store, index, add } = await openTestIndex();
    for (let made = 0; made < 5; made++) await add();
    chain.finalize(5);
    await add();
    await index.idle();
    const undo = [...store.range({ from: Uint8Array.of(3), to: Uint8Array.of(4) })];
    expect(undo.map(([key]) => key[6])).toEqual([5, 6]);
  });

  it("stores a large block in parts, and removes all of them", async () => {
    const { chain, store, index, add } = await openTestIndex();
    await add();
    const batches: number[] = [];
    const write = store.write.bind(store);
    store.write = (operations) => {
      batches.push(operations.length);
      return write(operations);
    };
    await add(...MANY_LOGS);
    expect(batches.length).toBeGreaterThan(3);
    expect(Math.max(...batches)).toBeLessThan(600);
    chain.reorganise(1, [{}, {}]);
    await index.idle();
    const { store: fresh } = await openTestIndex(chain);
    expect(contentOf(store)).toEqual(contentOf(fresh));
  });

  it.each([0, 1, 2, 3])(
    "after a crash behind part %i of a block the index is as if it had not happened",
    async (part) => {
      const chain = new FakeChainView();
      const store = createMemoryStore();
      const first = await openTestIndex(chain, store);
      await first.add();
      const write = store.write.bind(store);
      let left = part;
      store.write = async (operations) => {
        if (left-- === 0) throw new Error("the disk is gone");
        return write(operations);
      };
      await first.add(...MANY_LOGS);
      expect(first.index.status()).toMatchObject({ number: 1, failure: "the disk is gone" });
      store.write = write;
      const isStill = part % 2 === 0;
      if (!isStill) chain.reorganise(1, [{}, {}]);
      await openTestIndex(chain, store);
      const { store: fresh } = await openTestIndex(chain);
      expect(contentOf(store)).toEqual(contentOf(fresh));
    },
  );

  it("starts at the oldest stored block, and reports it", async () => {
    const chain = new FakeChainView();
    for (let made = 0; made < 5; made++) chain.add({});
    chain.oldest = 3;
    const { index } = await openTestIndex(chain);
    expect(index.status()).toEqual({ from: 3, number: 5, headNumber: 5 });
  });

  it("INDEX_UNUSABLE", async () => {
    const { store, index } = await openTestIndex();
    await index.stop();
    const chain = Object.assign(new FakeChainView(), { genesisHash: TRANSFER });
    await expect(
      Indexer.open({ chain, store, log: silentLog, metrics: silentMetrics }),
    ).rejects.toMatchObject({
      code: "INDEX_UNUSABLE",
      facts: { reason: "for another chain", expected: TRANSFER },
    });
  });

  it("is rebuilt if the chain lost a final block", async () => {
    const { chain, store, index, add } = await openTestIndex();
    for (let made = 0; made < 3; made++) await add();
    chain.finalize(3);
    await add();
    chain.reorganise(3, [{}, {}, {}, {}]);
    await index.idle();
    expect(index.status()).toEqual({ from: 0, number: 5, headNumber: 5 });
    const { store: fresh } = await openTestIndex(chain);
    expect(contentOf(store)).toEqual(contentOf(fresh));
  });

  it("an index of another version is rebuilt", async () => {
    const { chain, store, index, add } = await openTestIndex();
    await add(transferLog(ALICE, BOB, 1n));
    await index.stop();
    const before = contentOf(store);
    const key = new Uint8Array([1, ...new TextEncoder().encode("version")]);
    await store.write([{ kind: "put", key, value: Uint8Array.of(99) }]);
    await openTestIndex(chain, store);
    expect(contentOf(store)).toEqual(before);
  });
});

describe("search", () => {
  it("finds blocks by number and hash, transactions, accounts, tokens by address and name, topics", async () => {
    const { chain, index, add } = await openTestIndex(undefined, undefined, {
      [NAME]: abiText("Dai Stablecoin"),
      [SYMBOL]: abiText("DAI"),
    });
    await add(transferLog(ALICE, BOB, 1n));
    const { hash, transactions } = chain.head();
    const token = { kind: "token", address: TOKEN, name: "Dai Stablecoin", symbol: "DAI" };
    expect(index.search("1")).toEqual([{ kind: "block", hash, number: 1 }]);
    expect(index.search(hash.toUpperCase().replace("0X", "0x"))).toEqual([{ kind: "block", hash }]);
    const transaction = transactions[0]!.transaction.hash;
    expect(index.search(transaction)).toEqual([{ kind: "transaction", hash: transaction }]);
    expect(index.search(TRANSFER)).toEqual([{ kind: "topic", topic: TRANSFER }]);
    expect(index.search(TOKEN)).toEqual([token, { kind: "address", address: TOKEN, isContract: false }]);
    for (const text of [hash, transaction, TRANSFER, TOKEN]) {
      expect(index.search(text.slice(2))).toEqual(index.search(text));
    }
    expect(index.search(" dai ")).toEqual([token]);
    expect(index.search("dai st")).toEqual([token]);
  });

  it.each([
    "",
    "   ",
    "0x",
    "no such token",
    "9".repeat(60),
    "x".repeat(10_000),
    "%00",
    `0x${"f".repeat(64)}`,
  ])("finds nothing for %j", async (text) => {
    const { index } = await openTestIndex();
    expect(index.search(text)).toEqual([]);
  });
});
