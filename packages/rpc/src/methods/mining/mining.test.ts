import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../../testing/FakeNode.ts";
import { openServer } from "../../testing/openServer.ts";

const MINER = `0x${"Aa".repeat(20)}`;
const ID = `0x${"01".repeat(32)}`;

describe("methods for miners [MINE-1]", () => {
  it("trellis_getBlockTemplate returns what a miner hashes, and what it commits to", async () => {
    const node = new FakeNode();
    const [{ name, algorithm }] = node.chain.parameters.streams as unknown as [Record<string, string>];
    const template = await node.result("trellis_getBlockTemplate", name, MINER);
    expect(template).toMatchObject({
      id: ID,
      sealRoot: ID,
      target: "0xff",
      expiresMs: "0x18bcfe5dd30",
      stream: name,
      algorithm,
      miner: MINER.toLowerCase(),
      header: expect.stringMatching(/^0xf9/),
      transactions: [],
    });
    expect(await node.result("trellis_getBlockTemplate", "0x0", MINER)).toMatchObject({ stream: name });
    expect(node.mining.asked).toEqual([
      { request: { stream: 0, miner: MINER.toLowerCase() }, caller: "127.0.0.1" },
      { request: { stream: 0, miner: MINER.toLowerCase() }, caller: "127.0.0.1" },
    ]);
  });

  it.each([
    ["an unknown stream", ["sha256", MINER]],
    ["a stream out of range", ["0x99", MINER]],
    ["no stream", [null, MINER]],
    ["an invalid address", ["0x0", "0x12"]],
  ])("refuses %s", async (_, params) => {
    const { error } = await new FakeNode().call("trellis_getBlockTemplate", ...params);
    expect(error?.code).toBe(-32602);
  });

  it("trellis_submitBlock returns the block, or why the nonce is refused", async () => {
    const node = new FakeNode();
    expect(await node.result("trellis_submitBlock", ID, "0x7")).toBe(`0x${"b1".repeat(32)}`);
    expect((await node.call("trellis_submitBlock", ID, "0x8")).error).toMatchObject({
      code: -32000,
      data: { code: "WORK_INSUFFICIENT", facts: { template: ID, nonce: "8" } },
    });
    expect((await node.call("trellis_submitBlock", ID, `0x1${"00".repeat(8)}`)).error?.code).toBe(-32602);
  });

  it("trellis_submitBlock knows programs of this machine and callers with a key [MINE-5]", async () => {
    const node = new FakeNode();
    const message = JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "trellis_submitBlock",
      params: [ID, "0x7"],
    });
    const remote = { isLocalProgram: false, address: "192.0.2.1" };
    const caller = (name: string) =>
      ({ name, mayCall: () => true, take: () => {}, settle: () => {} }) as never;
    await node.send(message);
    await node.send(message, remote);
    await node.send(message, { ...remote, caller: caller("anonymous") });
    await node.send(message, { ...remote, caller: caller("key:rig") });
    expect(node.mining.known).toEqual([true, false, false, true]);
  });

  it("trellis_getMiningWorkers returns the workers with their blocks and rewards", async () => {
    expect(await new FakeNode().result("trellis_getMiningWorkers")).toMatchObject([
      {
        ...{ source: "stratum", stream: "memory", device: "BzMiner/21", accepted: 3, stale: 2, invalid: 1 },
        ...{ blocks: 3, blue: 1, red: 1, rewardsWei: "0x1bc16d674ec80000", lastShareMs: null },
      },
    ]);
    const node = new FakeNode();
    const [worker] = node.mining.workers();
    node.mining.workers = () => [{ ...worker!, lastShareMs: 1_700_000_030_000.75 }];
    expect(await node.result("trellis_getMiningWorkers")).toMatchObject([{ lastShareMs: "0x18bcfe5dd30" }]);
  });

  it("are missing without the role, and on a node without templates", async () => {
    const node = new FakeNode({ roles: ["public"] });
    expect((await node.call("trellis_getBlockTemplate", "0x0", MINER)).error?.code).toBe(-32601);
    expect((await node.call("trellis_submitBlock", ID, "0x7")).error?.code).toBe(-32601);
    const without = new FakeNode({ without: ["mining"] });
    expect((await without.call("trellis_getBlockTemplate", "0x0", MINER)).error).toMatchObject({
      code: -32000,
      message: "this node offers no templates",
    });
  });
});

describe("templates", () => {
  it("sends the newest template, and each new one, until the subscription ends", async () => {
    const server = await openServer();
    const client = await server.webSocket();
    const { mining } = server.fake;
    const id = await client.subscribeTrellis("templates", { stream: "0x0", miner: MINER });
    expect(await client.notified(id)).toMatchObject({ id: ID, stream: "memory" });
    const next = mining.make({ stream: 0, miner: `0x${"aa".repeat(20)}` });
    for (const watcher of mining.watchers) watcher.notify(next);
    expect(await client.notified(id)).toMatchObject({ id: next.id });
    await client.call("trellis_unsubscribe", id);
    expect(mining.watchers.size).toBe(0);
  });

  it("disconnects a client whose place another one takes", async () => {
    const server = await openServer();
    const client = await server.webSocket();
    const { mining } = server.fake;
    await client.subscribeTrellis("templates", { stream: "0x0", miner: MINER });
    const closed = once(client.socket, "close");
    for (const watcher of mining.watchers) watcher.end();
    await closed;
    await expect.poll(() => mining.watchers.size).toBe(0);
  });

  it("needs the role", async () => {
    const server = await openServer({ roles: ["public"] });
    const client = await server.webSocket();
    const { error } = await client.call("trellis_subscribe", "templates", { stream: "0x0", miner: MINER });
    expect(error?.code).toBe(-32601);
    expect(server.fake.mining.watchers.size).toBe(0);
  });
});
