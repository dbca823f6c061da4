import { cryptoErrors } from "@trellis/crypto";
import { describe, expect, it } from "vitest";
import type { RpcCaller } from "../../guards/RpcGuard.ts";
import { serveEngine } from "../../server/serveEngine.ts";
import { FakeNode, type FakeNodeOptions, type JsonRpcAnswer } from "../../testing/FakeNode.ts";
import { openServer } from "../../testing/openServer.ts";
import { RemoteEngine } from "./RemoteEngine.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Shard 2 in "another thread": messages are cloned, and arrive in later turns. */
async function openShards(options: FakeNodeOptions = {}) {
  const shard = new FakeNode();
  const engine: RemoteEngine = new RemoteEngine((message) => {
    const sent = structuredClone(message);
    void turn().then(() => served.receive(sent));
  });
  const served = serveEngine(shard.options, shard.dependencies, (message) => {
    const sent = structuredClone(message);
    void turn().then(() => engine.expects(sent) && engine.receive(sent));
  });
  const open = await openServer({ ...options, engines: new Map([[2, engine]]) });
  return { open, shard, engine };
}

describe("RPC-33: engines of other shards", () => {
  it("answer at /shard/N, over HTTP, with batches; shard 0 at / and /shard/0", async () => {
    const { open, shard } = await openShards();
    shard.chain.add();
    expect(await open.call("eth_blockNumber")).toMatchObject({ result: "0x0" });
    const at = async (path: string, body: string) =>
      JSON.parse((await open.post(body, {}, "POST", path)).text);
    const asked = '{"jsonrpc":"2.0","id":12345678901234567890,"method":"eth_blockNumber"}';
    expect((await open.post(asked, {}, "POST", "/shard/2")).text).toBe(
      '{"jsonrpc":"2.0","id":12345678901234567890,"result":"0x1"}',
    );
    expect(await at("/shard/0", asked)).toMatchObject({ result: "0x0" });
    const batch = `[${asked},{"jsonrpc":"2.0","method":"eth_chainId"},{"jsonrpc":"2.0","id":"x","method":"no"}]`;
    expect(await at("/shard/2/?key=1", batch)).toMatchObject([
      { result: "0x1" },
      { id: "x", error: { code: -32601 } },
    ]);
    expect(await open.server.call(2, "eth_blockNumber", [])).toBe("0x1");
    expect(await open.server.call(0, "eth_blockNumber", [])).toBe("0x0");
    await expect(open.server.call(2, "no", [])).rejects.toMatchObject({ code: "RPC_REQUEST_REFUSED" });
    expect(
      await at("/shard/2", '{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x"]}'),
    ).toMatchObject({
      error: { code: -32602 },
    });
  });

  it("RPC_SHARD_UNKNOWN: refuse a shard that the node does not follow, and roles of the node", async () => {
    const { open } = await openShards();
    const asked = '{"jsonrpc":"2.0","id":1,"method":"evm_mine"}';
    for (const path of ["/shard/1", "/shard/", "/shard/02", "/shard/two"]) {
      const { status, text } = await open.post(asked, {}, "POST", path);
      expect(status).toBe(404);
      expect(JSON.parse(text).error.message).toMatch(/^this node does not follow shard .*, but: 0 2$/);
    }
    await expect(open.webSocket({}, "/shard/1")).rejects.toThrow("404");
    const { text } = await open.post(asked, {}, "POST", "/shard/2");
    expect(JSON.parse(text)).toMatchObject({ error: { code: -32601 } });
  });

  it("notify of subscriptions over WebSocket, until they end", async () => {
    const { open, shard } = await openShards();
    const client = await open.webSocket({}, "/shard/2");
    const id = await client.subscribe("newHeads");
    shard.chain.add();
    expect(await client.notified(id)).toMatchObject({ number: "0x1" });
    expect(await client.call("eth_unsubscribe", id)).toMatchObject({ result: true });
    expect(await client.call("eth_unsubscribe", id)).toMatchObject({ error: { code: -32000 } });
    expect(await client.call("eth_subscribe", "nothing")).toMatchObject({ error: {} });
    const { text } = await open.post(
      '{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}',
      {},
      "POST",
      "/shard/2",
    );
    expect(JSON.parse(text)).toMatchObject({ error: { message: "notifications not supported" } });
  });

  it("limit subscriptions of a socket together", async () => {
    const { open } = await openShards({ limits: { subscriptionsMax: 1 } });
    const client = await open.webSocket({}, "/shard/2");
    // One that the engine refuses takes no place.
    expect(await client.call("eth_subscribe", "nothing")).toMatchObject({ error: {} });
    await client.subscribe("newHeads");
    expect(await client.call("eth_subscribe", "newHeads")).toMatchObject({ error: { code: -32005 } });
  });

  it("charge the caller in the thread of the sockets", async () => {
    const charged: string[] = [];
    const caller: RpcCaller = {
      name: "key",
      address: "127.0.0.1",
      isCurrent: true,
      isReserved: false,
      verifyBody: undefined,
      hidesMethods: false,
      delayMs: 0,
      part: 7,
      mayCall: (method) => method !== "eth_chainId",
      isGranted: () => false,
      forbidden: () => charged.push("forbidden"),
      take(method, weight) {
        charged.push(`${method} ${weight}`);
        return charged.length > 3 ? { reason: "calls", limit: 1, retryAfterS: 1 } : undefined;
      },
      settle: (part, weight) => charged.push(`settled ${part} ${weight}`),
      offend: () => {},
      open: () => () => {},
      fields: () => [],
    };
    const { open } = await openShards({ guard: { connect: () => () => {}, identify: () => caller } });
    const ask = async (method: string) =>
      JSON.parse(
        (await open.post(`{"jsonrpc":"2.0","id":1,"method":"${method}"}`, {}, "POST", "/shard/2")).text,
      ) as JsonRpcAnswer;
    expect(await ask("eth_chainId")).toMatchObject({ error: { code: -32001 } });
    expect(await ask("eth_blockNumber")).toMatchObject({ result: "0x0" });
    expect(charged).toEqual(["forbidden", "eth_blockNumber 1", "settled 7 1"]);
    expect(await ask("eth_blockNumber")).toMatchObject({ error: { code: -32005 } });
  });

  it("answer all waiting calls if the thread ends", async () => {
    const engine = new RemoteEngine(() => {});
    const open = await openServer({ engines: new Map([[1, engine]]) });
    const asked = open.post('{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}', {}, "POST", "/shard/1");
    await new Promise((resolve) => setTimeout(resolve, 50));
    engine.fail(cryptoErrors.WORKER_UNAVAILABLE({ reason: "worker ended" }));
    expect(JSON.parse((await asked).text)).toMatchObject({ id: 1, error: {} });
  });
});
