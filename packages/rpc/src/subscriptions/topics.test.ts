import { FakeChainView, TARGET, testLog, testTopic, testTransaction } from "@trellis/kit/chainView";
import type { SkippedTransaction } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { positionOf } from "../reading/chainChanges.ts";
import type { Emit } from "../Session.ts";
import { openServer, type WebSocketClient } from "../testing/openServer.ts";
import { ChainReader } from "./ChainReader.ts";

interface ChainMessage {
  readonly kind: "added" | "removed" | "finalized" | "lost";
  readonly cursor: string;
  readonly hash?: string;
  readonly block?: { readonly hash: string };
}

const withLog = (nonce: bigint, ...topics: number[]) => ({
  transactions: [{ signed: testTransaction({ nonce }), logs: [testLog(TARGET, ...topics)] }],
});

const skipped = (count: number): SkippedTransaction[] =>
  Array.from({ length: count }, (_, index) => ({
    transactionHash: testTopic(index),
    carrier: testTopic(0),
    reason: "FUNDS_INSUFFICIENT",
  }));

async function open(options: Parameters<typeof openServer>[0] = {}) {
  const server = await openServer(options);
  return { server, chain: server.fake.chain, client: await server.webSocket() };
}

describe("newHeads", () => {
  it("sends the header of each block that joins the chain, also after a reorganisation", async () => {
    const { chain, client } = await open();
    const heads = await client.subscribe("newHeads");
    const first = chain.add();
    expect(await client.notified(heads)).toMatchObject({ hash: first.hash, number: "0x1" });
    const added = chain.reorganise(1, [{}, {}]);
    for (const { hash } of added) expect(await client.notified(heads)).toMatchObject({ hash });
  });
});

describe("logs", () => {
  it("sends matching logs, and removals for logs of removed blocks", async () => {
    const { chain, client } = await open();
    const logs = await client.subscribe("logs", { address: TARGET, topics: [testTopic(1)] });
    const block = chain.add(withLog(0n, 1));
    chain.add(withLog(1n, 2));
    expect(await client.notified(logs)).toMatchObject({ blockHash: block.hash, removed: false });
    const [first, second] = chain.reorganise(2, [withLog(0n, 1, 5), withLog(2n, 1)]);
    expect(await client.notified(logs)).toMatchObject({ blockHash: block.hash, removed: true });
    expect(await client.notified(logs)).toMatchObject({ blockHash: first!.hash, removed: false });
    expect(await client.notified(logs)).toMatchObject({ blockHash: second!.hash, removed: false });
  });
});

describe("logs of many subscribers", () => {
  it("are encoded once, after the step that announces their block [RPC-14]", async () => {
    const { server, chain, client } = await open();
    const clients = [client, await server.webSocket(), await server.webSocket()];
    const ids: string[] = [];
    for (const subscriber of clients) ids.push(await subscriber.subscribe("logs"));
    let read = 0;
    const log = {
      ...testLog(TARGET, 1),
      get data() {
        read++;
        return Uint8Array.of(7);
      },
    };
    const transactions = [{ signed: testTransaction({ nonce: 0n }), logs: [log] }];
    const { hash } = chain.add({ transactions });
    const before = read;
    for (const [index, subscriber] of clients.entries()) {
      expect(await subscriber.notified(ids[index]!)).toMatchObject({ blockHash: hash, data: "0x07" });
    }
    expect(read - before).toBe(1);
  });
});

describe("syncing", () => {
  it("sends start, progress and end of a sync, until it is unsubscribed", async () => {
    const { server, client } = await open();
    const { network } = server.fake;
    const id = await client.subscribe("syncing");
    network.publishSync({ startingBlock: 1, currentBlock: 16, highestBlock: 256 });
    expect(await client.notified(id)).toEqual({
      syncing: true,
      status: { startingBlock: "0x1", currentBlock: "0x10", highestBlock: "0x100" },
    });
    network.publishSync(undefined);
    expect(await client.notified(id)).toBe(false);
    expect(network.syncListenerCount).toBe(1);
    await client.call("eth_unsubscribe", id);
    expect(network.syncListenerCount).toBe(0);
  });
});

describe("chain", () => {
  it("sends added, removed and finalized blocks with a cursor", async () => {
    const { chain, client } = await open();
    const id = await client.subscribeTrellis("chain");
    const first = chain.add();
    expect(await client.notified(id)).toMatchObject({
      kind: "added",
      cursor: `0x1:${first.hash}`,
      block: { hash: first.hash, carriers: [first.hash] },
    });
    const [other] = chain.reorganise(1, [{}]);
    expect(await client.notified(id)).toMatchObject({
      kind: "removed",
      cursor: `0x0:${chain.genesisHash}`,
      block: { hash: first.hash },
    });
    expect(await client.notified(id)).toMatchObject({ kind: "added", block: { hash: other!.hash } });
    chain.finalize(1);
    expect(await client.notified(id)).toEqual({ kind: "finalized", number: "0x1", hash: other!.hash });
  });

  it("resumes from a cursor as if the connection had never broken", async () => {
    const { server, chain, client } = await open();
    const id = await client.subscribeTrellis("chain");
    chain.add();
    const before = chain.add();
    await client.notified(id);
    const { cursor } = await client.notified<ChainMessage>(id);
    client.socket.terminate();
    const added = [...chain.reorganise(1, [{}, {}]), ...Array.from({ length: 200 }, () => chain.add())];

    const again = await server.webSocket();
    const resumed = await again.subscribeTrellis("chain", { since: cursor });
    expect(await again.notified(resumed)).toMatchObject({ kind: "removed", block: { hash: before.hash } });
    for (const { hash } of added) {
      expect(await again.notified(resumed)).toMatchObject({ kind: "added", block: { hash } });
    }
    const live = chain.add();
    expect(await again.notified(resumed)).toMatchObject({ kind: "added", block: { hash: live.hash } });
  });

  it("reads one block at a time, after the previous one was sent, including removed ones", () => {
    const chain = new FakeChainView();
    const start = positionOf(chain.head());
    const added = Array.from({ length: 20 }, () => chain.add());
    const read: number[] = [];
    const blockByNumber = chain.blockByNumber.bind(chain);
    chain.blockByNumber = (number) => {
      read.push(number);
      return blockByNumber(number);
    };
    const leave: ((() => void) | undefined)[] = [];
    new ChainReader(chain, start, (_, onSent) => leave.push(onSent)).start(() => () => {});
    for (const { header } of added) {
      expect(read.at(-1)).toBe(header.number);
      leave.shift()?.();
    }
    expect(read).toEqual(added.map(({ header }) => header.number));

    chain.reorganise(20, []);
    const removed: string[] = [];
    new ChainReader(chain, positionOf(added.at(-1)!), (json, onSent) => {
      removed.push((JSON.parse(json) as ChainMessage).block!.hash);
      leave.push(onSent);
    }).start(() => () => {});
    for (const [index, { hash }] of added.toReversed().entries()) {
      expect(removed).toHaveLength(index + 1);
      expect(removed.at(-1)).toBe(hash);
      leave.shift()?.();
    }
  });

  it("sends blocks that each exceed a client's buffer, and then finality [RPC-15]", async () => {
    const { server, chain, client } = await open({ limits: { sendBufferBytesMax: 10_000 } });
    const id = await client.subscribeTrellis("chain");
    const start = await chain.genesisHash;
    const large = Array.from({ length: 20 }, () => chain.add({ skipped: skipped(200) }));
    chain.finalize(1);
    const told: ChainMessage[] = [];
    while (told.length < large.length + 1) told.push((await client.notified(id)) as ChainMessage);
    const added = told.filter(({ kind }) => kind === "added").map(({ block }) => block?.hash);
    expect(added).toEqual(large.map(({ hash }) => hash));
    const [first, ...others] = told;
    expect(first).toMatchObject({ kind: "added" });
    expect(others).toContainEqual(expect.objectContaining({ kind: "finalized", hash: large[0]!.hash }));
    const [other] = chain.reorganise(20, [{ skipped: skipped(200) }]);

    const again = await server.webSocket();
    const cursor = `0x14:${large.at(-1)!.hash}`;
    const resumed = await again.subscribeTrellis("chain", { since: cursor });
    for (const { hash } of large.toReversed()) {
      expect(await again.notified(resumed)).toMatchObject({ kind: "removed", block: { hash } });
    }
    expect(await again.notified(resumed)).toMatchObject({ kind: "added", block: { hash: other!.hash } });
    const fromStart = await again.subscribeTrellis("chain", { since: `0x0:${start}` });
    expect(await again.notified(fromStart)).toMatchObject({ kind: "added", block: { hash: other!.hash } });
  });

  it("sends no finality for a branch that the client is still leaving", () => {
    const chain = new FakeChainView();
    const left = [chain.add(), chain.add(), chain.add()];
    const sent: ChainMessage[] = [];
    const leave: ((() => void) | undefined)[] = [];
    const emit: Emit = (json, onSent) => {
      sent.push(JSON.parse(json));
      leave.push(onSent);
    };
    new ChainReader(chain, positionOf(chain.head()), emit).start((tell) =>
      chain.subscribe((event) => void tell(event)),
    );
    const joined = chain.reorganise(3, [{}, {}, {}]);
    chain.finalize(2);
    while (leave.length > 0) leave.shift()?.();
    expect(sent.map(({ kind, block, hash }) => [kind, block?.hash ?? hash])).toEqual([
      ...left.toReversed().map(({ hash }) => ["removed", hash]),
      ...joined.slice(0, 2).map(({ hash }) => ["added", hash]),
      ["finalized", joined[1]!.hash],
      ["added", joined[2]!.hash],
    ]);
  });

  it("delays a slow client without losing events", async () => {
    const { chain, client } = await open({ limits: { sendBufferBytesMax: 200_000 } });
    const id = await client.subscribeTrellis("chain");
    client.socket.pause();
    const added = Array.from({ length: 5_000 }, () => chain.add());
    await new Promise((resume) => setTimeout(resume, 50));
    client.socket.resume();
    const last = (await drain(client, id, added.length)).map(({ block }) => block?.hash);
    expect(last).toEqual(added.map(({ hash }) => hash));
  });

  it("reports when it cannot resume", async () => {
    const { chain, client } = await open();
    const id = await client.subscribeTrellis("chain");
    const first = chain.add();
    const { cursor } = await client.notified<ChainMessage>(id);
    client.socket.pause();
    for (let block = 0; block < 10; block++) chain.add();
    chain.blockByHash = () => undefined;
    chain.add();
    client.socket.resume();
    const messages = await drain(client, id, 11);
    expect(cursor).toBe(`0x1:${first.hash}`);
    expect(messages.at(-1)).toMatchObject({ kind: "lost" });
  });

  it("RPC_CURSOR_UNKNOWN", async () => {
    const { client } = await open();
    const { error } = await client.call("trellis_subscribe", "chain", { since: `0x1:${testTopic(9)}` });
    expect(error).toMatchObject({ code: -32000, data: { code: "RPC_CURSOR_UNKNOWN" } });
    const malformed = await client.call("trellis_subscribe", "chain", { since: "0x1" });
    expect(malformed.error).toMatchObject({ code: -32602 });
  });
});

describe("dag", () => {
  it("sends added blocks, and missed ones first", async () => {
    const { chain, client } = await open();
    const id = await client.subscribeTrellis("dag");
    const first = chain.add();
    const message = await client.notified<ChainMessage>(id);
    expect(message).toMatchObject({ kind: "block", cursor: "0x1", block: { hash: first.hash } });
    const second = chain.add();
    chain.dagBlock = () => expect.fail("a missed block's header is enough");
    const resumed = await client.subscribeTrellis("dag", { since: message.cursor });
    const seen = [await client.notified<ChainMessage>(resumed), await client.notified<ChainMessage>(resumed)];
    seen.push(await client.notified<ChainMessage>(resumed));
    expect(seen.map(({ block }) => block?.hash)).toEqual([chain.genesisHash, first.hash, second.hash]);
  });

  it("RPC_CURSOR_UNKNOWN when too much was missed", async () => {
    const { chain, client } = await open({ limits: { replayBlocksMax: 5 } });
    for (let block = 0; block < 10; block++) chain.add();
    const { error } = await client.call("trellis_subscribe", "dag", { since: "0x0" });
    expect(error).toMatchObject({ data: { code: "RPC_CURSOR_UNKNOWN" } });
  });
});

async function drain(client: WebSocketClient, id: string, count: number): Promise<ChainMessage[]> {
  const messages: ChainMessage[] = [];
  while (messages.length < count) {
    const message = await client.notified<ChainMessage>(id);
    messages.push(message);
    if (message.kind === "lost") break;
  }
  return messages;
}
