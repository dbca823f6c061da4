import { hexToBytes, silentLog, silentMetrics } from "@trellis/base";
import { Indexer } from "@trellis/indexer";
import { FakeChainView, testTransaction } from "@trellis/kit/chainView";
import { createMemoryStore } from "@trellis/storage";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../../testing/FakeNode.ts";

const TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
const TOKEN = `0x${"70".repeat(20)}` as const;
const ALICE = `0x${"a1".repeat(20)}` as const;
const BOB = `0x${"b0".repeat(20)}` as const;
const topicOf = (account: string) => `0x${"00".repeat(12)}${account.slice(2)}` as const;

async function open(transfers: number) {
  const chain = new FakeChainView();
  for (let made = 0; made < transfers; made++) {
    const data = hexToBytes(`0x${(made + 1).toString(16).padStart(64, "0")}`);
    const logs = [{ address: TOKEN, topics: [TRANSFER, topicOf(ALICE), topicOf(BOB)], data }] as const;
    chain.add({ transactions: [{ signed: testTransaction({ nonce: BigInt(made) }), logs }] });
  }
  const index = await Indexer.open({
    chain,
    store: createMemoryStore(),
    log: silentLog,
    metrics: silentMetrics,
  });
  await index.idle();
  return new FakeNode({ chain, index });
}

describe("methods of the index", () => {
  it("status", async () => {
    const node = await open(2);
    expect(await node.result("trellis_getIndexStatus")).toEqual({
      from: "0x0",
      number: "0x2",
      head: "0x2",
      failure: null,
    });
  });

  it("history, transfers and tokens of an account, and of a token, in pages", async () => {
    const node = await open(3);
    const transactionHash = node.chain.head().transactions[0]!.transaction.hash;
    const first = (await node.result("trellis_getAddressHistory", BOB, { count: "0x2" })) as {
      items: object[];
      cursor: string;
    };
    expect(first.items).toHaveLength(2);
    expect(first.items[0]).toEqual({
      blockNumber: "0x3",
      transactionIndex: "0x0",
      transactionHash,
      roles: ["tokenRecipient"],
    });
    expect(
      await node.result("trellis_getAddressHistory", BOB, { count: "0x2", cursor: first.cursor }),
    ).toMatchObject({ items: [{ blockNumber: "0x1" }], cursor: null });
    const transfer = {
      blockNumber: "0x3",
      logIndex: "0x0",
      transactionHash,
      token: TOKEN,
      standard: "erc20",
      from: ALICE,
      to: BOB,
      amount: "0x3",
      tokenId: null,
    };
    const page = { count: "0x1" };
    expect(await node.result("trellis_getAddressTransfers", ALICE, page)).toMatchObject({
      items: [transfer],
    });
    expect(await node.result("trellis_getTokenTransfers", TOKEN, page)).toMatchObject({ items: [transfer] });
    expect(await node.result("trellis_getToken", TOKEN)).toMatchObject({ address: TOKEN, standard: "erc20" });
    const tokens = await node.result("trellis_getAddressTokens", BOB);
    expect(tokens).toMatchObject({ items: [{ address: TOKEN, firstBlock: "0x1" }], cursor: null });
    expect(await node.result("trellis_getTokens")).toMatchObject({ items: [{ address: TOKEN }] });
    expect(await node.result("trellis_getToken", ALICE)).toBeNull();
  });

  it("logs by topic and blocks by miner", async () => {
    const node = await open(1);
    const { hash, header, transactions } = node.chain.head();
    expect(await node.result("trellis_getLogsByTopic", topicOf(BOB))).toEqual({
      items: [
        {
          blockNumber: "0x1",
          logIndex: "0x0",
          position: 2,
          emitter: TOKEN,
          transactionHash: transactions[0]!.transaction.hash,
        },
      ],
      cursor: null,
    });
    const page = { count: "0x1" };
    expect(await node.result("trellis_getLogsByTopic", topicOf(BOB), page, TOKEN)).toMatchObject({
      items: [{ emitter: TOKEN }],
    });
    const none = { items: [], cursor: null };
    expect(await node.result("trellis_getLogsByTopic", topicOf(BOB), page, ALICE)).toEqual(none);
    expect(await node.result("trellis_getMinedBlocks", header.miner, { count: "0x1" })).toMatchObject({
      items: [{ block: hash, mergedIn: "0x1" }],
    });
  });

  it("search", async () => {
    const node = await open(1);
    expect(await node.result("trellis_search", "1")).toEqual([
      { kind: "block", hash: node.chain.head().hash, number: "0x1" },
    ]);
    expect(await node.result("trellis_search", "<script>")).toEqual([]);
  });

  it("search finds a pending transaction", async () => {
    const node = await open(0);
    const { transaction } = testTransaction({ nonce: 7n });
    const find = () => node.result("trellis_search", transaction.hash);
    expect(await find()).toEqual([]);
    node.pool.add(testTransaction({ nonce: 7n }));
    expect(await find()).toEqual([{ kind: "transaction", hash: transaction.hash }]);
  });

  it("wait for an index that lags", async () => {
    const chain = new FakeChainView();
    const lag = { ms: 250, scheduler: { after: () => ({ cancel: () => {} }) } };
    const ports = { store: createMemoryStore(), log: silentLog, metrics: silentMetrics, lag };
    const index = await Indexer.open({ chain, ...ports });
    await index.idle();
    const signed = testTransaction();
    chain.add({ transactions: [{ signed }] });
    const node = new FakeNode({ chain, index });
    expect(await node.result("trellis_getIndexStatus")).toMatchObject({ number: "0x1", head: "0x1" });
    chain.add({ transactions: [{ signed: testTransaction({ nonce: 1n }) }] });
    expect(await node.result("trellis_getAddressHistory", signed.sender)).toMatchObject({
      items: [{ blockNumber: "0x2" }, { blockNumber: "0x1" }],
    });
  });

  it("evidence against validators", async () => {
    const chain = new FakeChainView();
    const ballot = { epoch: 3, height: 8, round: 1, step: "precommit", validator: 4 } as const;
    const signature = new Uint8Array(96);
    const evidence = {
      first: { message: { ...ballot, value: undefined }, signature },
      second: { message: { ...ballot, value: chain.genesisHash }, signature },
    };
    const { hash } = chain.add({ evidence: [evidence] });
    const index = await Indexer.open({
      chain,
      store: createMemoryStore(),
      log: silentLog,
      metrics: silentMetrics,
    });
    await index.idle();
    const signatures = [`0x${"00".repeat(96)}`, `0x${"00".repeat(96)}`];
    expect(await new FakeNode({ chain, index }).result("trellis_getEvidence")).toEqual({
      items: [
        {
          blockNumber: "0x1",
          place: 0,
          carrier: hash,
          ...ballot,
          values: [null, chain.genesisHash],
          signatures,
        },
      ],
      cursor: null,
    });
  });

  it.each([
    ["trellis_getAddressHistory", ALICE, { count: "0x0" }],
    ["trellis_getAddressHistory", ALICE, { count: "0x65" }],
    ["trellis_getAddressHistory", ALICE, { cursor: "0xzz" }],
    ["trellis_getAddressHistory", ALICE, 7],
    ["trellis_getAddressHistory", "alice", {}],
  ])("RPC_PARAMETERS_INVALID: %s(%j, %j)", async (method, ...params) => {
    expect((await (await open(0)).call(method, ...params)).error?.code).toBe(-32602);
  });

  it("INDEX_CURSOR_INVALID", async () => {
    const answer = await (await open(0)).call("trellis_getAddressHistory", ALICE, { cursor: "0x01" });
    expect(answer.error).toMatchObject({ data: { code: "INDEX_CURSOR_INVALID" } });
  });

  it("RPC_INDEX_OFF", async () => {
    const node = new FakeNode();
    expect((await node.call("trellis_search", "1")).error).toMatchObject({ data: { code: "RPC_INDEX_OFF" } });
    expect(await node.result("trellis_getIndexStatus")).toBeNull();
  });
});
