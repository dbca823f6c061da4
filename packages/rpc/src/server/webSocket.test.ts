import { once } from "node:events";
import { silentLog } from "@trellis/base";
import { SUCCESS, testTopic, testTransaction } from "@trellis/kit/chainView";
import { EncodedJson } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { DEFAULT_RPC_TIMES } from "../options.ts";
import { openServer, type WebSocketClient } from "../testing/openServer.ts";

describe("WebSocket", () => {
  it("answers requests and batches on the HTTP port", async () => {
    const client = await (await openServer()).webSocket();
    expect((await client.call("eth_chainId")).result).toBe("0x7a69");
    client.socket.send('[{"jsonrpc":"2.0","id":"b","method":"eth_chainId"}]');
    expect(await client.next()).toEqual([{ jsonrpc: "2.0", id: "b", result: "0x7a69" }]);
    client.socket.send("{");
    expect(await client.next()).toMatchObject({ error: { code: -32700 } });
  });

  it("sends a large answer whole, later answers after it, and then the server may stop", async () => {
    const server = await openServer();
    const client = await server.webSocket();
    let calls = 0;
    server.fake.chain.simulation.call = async () => {
      calls++;
      return { ...SUCCESS, output: new Uint8Array(100_000) };
    };
    const entry = '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{}]}';
    client.socket.pause();
    client.socket.send(`[${Array.from({ length: 18 }, () => entry).join(",")}]`);
    await expect.poll(() => calls).toBe(18);
    const [chainId, closed] = [client.call("eth_chainId"), once(client.socket, "close")];
    const order: number[] = [];
    client.socket.on("message", (data: Buffer) => order.push(data.length));
    await (await server.webSocket()).call("eth_chainId");
    const stopped = server.server.close();
    client.socket.resume();
    const answers = await client.next<{ result: string }[]>(Array.isArray);
    expect(answers.map(({ result }) => result.length)).toEqual(Array.from({ length: 18 }, () => 200_002));
    expect((await chainId).result).toBe("0x7a69");
    expect(order.map((length) => length > 1_000)).toEqual([true, false]);
    expect((await closed)[0]).toBe(1001);
    await stopped;
  });

  it("sends the same as HTTP for answers encoded by a worker, alone and in a batch, for any chunks", async () => {
    const server = await openServer();
    const value = "\u20ac".repeat(100_000);
    const encoded = new TextEncoder().encode(JSON.stringify(value));
    server.fake.chain.simulation.traceCall = async () => new EncodedJson(encoded);
    const client = await server.webSocket();
    const traced = { jsonrpc: "2.0", id: 1, method: "debug_traceCall", params: [{}, "latest"] };
    const ids = JSON.stringify({ jsonrpc: "2.0", id: 2, method: "eth_chainId" });
    const batch = `[${JSON.stringify(traced)},${ids},${JSON.stringify(traced)}]`;
    const answer = { jsonrpc: "2.0", id: 1, result: value };
    const expected = [answer, { jsonrpc: "2.0", id: 2, result: "0x7a69" }, answer];
    expect(JSON.parse((await server.post(JSON.stringify(traced))).text)).toEqual(answer);
    expect(JSON.parse((await server.post(batch)).text)).toEqual(expected);
    client.socket.send(JSON.stringify(traced));
    expect(await client.next()).toEqual(answer);
    client.socket.send(batch);
    expect(await client.next()).toEqual(expected);
  });

  it("accepts hosts and origins like HTTP", async () => {
    const server = await openServer({ origins: ["https://wallet.example"] });
    await server.webSocket({ origin: "https://wallet.example" });
    await expect(server.webSocket({ origin: "https://evil.example" })).rejects.toThrow(/403/);
    await expect(server.webSocket({ host: "evil.example" })).rejects.toThrow(/403/);
  });

  it("disconnects a refused client that does not close its side, and one that does not read", async () => {
    const server = await openServer({ limits: { connectionsMax: 2 } });
    server.fake.chain.simulation.result = { ...SUCCESS, output: new Uint8Array(12_000_000) };
    const upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    const halfOpen = await server.tcp();
    halfOpen.allowHalfOpen = true;
    halfOpen.resume().write(`${upgrade}Origin: https://evil.example\r\n\r\n`);
    const deaf = await server.tcp();
    const body = '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{}]}';
    deaf.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
    deaf.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
    await once(deaf, "readable");
    deaf.write(`${upgrade}\r\n`);
    const chainId = () => server.call("eth_chainId").catch(() => undefined);
    const both = () => Promise.all([chainId(), chainId()]);
    await expect.poll(both).toMatchObject([{ result: "0x7a69" }, { result: "0x7a69" }]);
    await server.server.close();
  });

  it("disconnects a client that sends too much", async () => {
    const client = await (await openServer({ limits: { bodyBytesMax: 1_000 } })).webSocket();
    client.socket.on("error", () => {});
    client.socket.send("x".repeat(1_001));
    const [code] = await once(client.socket, "close");
    expect(code).toBe(1009);
  });

  it("answers messages in order of completion", async () => {
    const server = await openServer();
    const client = await server.webSocket();
    const held = Promise.withResolvers<void>();
    server.fake.chain.simulation.delay = held.promise;
    const slow = client.call("eth_call", {});
    expect((await client.call("eth_chainId")).result).toBe("0x7a69");
    held.resolve();
    expect((await slow).result).toBe("0xcafe");
  });

  it("pauses reading while a client has too many running requests", async () => {
    const server = await openServer({ limits: { weightMax: 1_000_000 } });
    const client = await server.webSocket();
    const held = Promise.withResolvers<void>();
    server.fake.chain.simulation.delay = held.promise;
    const data = `0x${"00".repeat(2_000)}`;
    const calls = Array.from({ length: 300 }, () => client.call("eth_call", { data }));
    const after = client.call("eth_chainId");
    expect(
      await Promise.race([after.then(() => "answered"), new Promise((r) => setTimeout(r, 50, "waits"))]),
    ).toBe("waits");
    held.resolve();
    expect((await after).result).toBe("0x7a69");
    expect(await Promise.all(calls)).toHaveLength(300);
  });

  it("disconnects a client that does not answer pings", async () => {
    const server = await openServer({ times: { ...DEFAULT_RPC_TIMES, pingMs: 500 } });
    const alive = await server.webSocket();
    const dead = new WebSocket(server.server.webSocketUrl, { autoPong: false });
    await once(dead, "open");
    const [code] = await once(dead, "close");
    expect(code).toBe(1006);
    expect((await alive.call("eth_chainId")).result).toBe("0x7a69");
  });

  it("disconnects a subscriber that does not read instead of buffering for it", async () => {
    const logged: string[] = [];
    const log = { ...silentLog, info: (message: string) => void logged.push(message) };
    const server = await openServer({ log, limits: { sendBufferBytesMax: 100_000 } });
    const { chain } = server.fake;
    const slow = await server.webSocket();
    const reading = await server.webSocket();
    await slow.subscribe("newHeads");
    const subscription = await reading.subscribe("newHeads");
    slow.socket.pause();
    const isCut = () => logged.includes("websocket.closed");
    for (let block = 0; !isCut() && block < 50_000; block++) {
      chain.add();
      await reading.notified(subscription);
    }
    expect(isCut()).toBe(true);
    slow.socket.resume();
    if (slow.socket.readyState !== WebSocket.CLOSED) await once(slow.socket, "close");
  });

  it("disconnects a client whose message or answer exceeds the memory limit [RPC-18]", async () => {
    const server = await openServer({ limits: { bodyBytesMax: 1_000_000, incomingBytesMax: 1_000_000 } });
    const padding = " ".repeat(600_000);
    const slow = await server.webSocket();
    for (let burst = 0; burst < 4; burst++) {
      for (let pong = 0; pong < 500; pong++) slow.socket.pong("x".repeat(100));
      slow.socket.ping();
      await once(slow.socket, "pong");
    }
    slow.socket.send("0".repeat(450_000), { fin: false });
    slow.socket.ping();
    slow.socket.send("0".repeat(450_000), { fin: false });
    const chainId = async (client: WebSocketClient): Promise<unknown> => {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      client.socket.on("error", () => {}).once("close", () => resolve("ended"));
      client.socket.once("message", (data: Buffer) => resolve(JSON.parse(data.toString()).result));
      client.socket.send(`${padding}{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`);
      return promise;
    };
    const fresh = async () => chainId(await server.webSocket());
    await expect.poll(fresh).toBe("ended");
    const small = await server.webSocket();
    expect((await small.call("eth_chainId")).result).toBe("0x7a69");
    slow.socket.terminate();
    await expect.poll(fresh).toBe("0x7a69");

    const held = Promise.withResolvers<void>();
    server.fake.chain.simulation.delay = held.promise;
    small.socket.send(`${padding}{"jsonrpc":"2.0","id":9,"method":"eth_call","params":[{}]}`);
    await expect.poll(fresh).toBe("ended");
    held.resolve();
    await small.next<{ id: number }>(({ id }) => id === 9);
    for (let again = 0; again < 3; again++) expect(await chainId(small)).toBe("0x7a69");
  });

  it("counts the memory of a client's small running messages together [RPC-18]", async () => {
    const limits = { weightMax: 1_000_000, bodyBytesMax: 1_000_000, incomingBytesMax: 1_000_000 };
    const server = await openServer({ limits });
    const held = Promise.withResolvers<void>();
    server.fake.chain.simulation.delay = held.promise;
    const client = await server.webSocket();
    client.socket.on("error", () => {});
    const closed = once(client.socket, "close");
    const data = `0x${"00".repeat(30_000)}`;
    for (let id = 0; id < 30; id++) {
      client.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method: "eth_call", params: [{ data }] }));
    }
    expect((await closed)[0]).toBe(1006);
    held.resolve();
    const padded = `${" ".repeat(990_000)}{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`;
    const post = async () => (await server.post(padded).catch(() => undefined))?.status;
    await expect.poll(post).toBe(200);
  });

  it("disconnects a client whose message takes longer than a body may, even if it is active [RPC-18]", async () => {
    const logged: unknown[] = [];
    const log = { ...silentLog, warn: (event: string, facts = {}) => void logged.push({ event, ...facts }) };
    const times = { ...DEFAULT_RPC_TIMES, headersMs: 50, bodyMs: 100 };
    const client = await (await openServer({ log, times })).webSocket();
    client.socket.on("error", () => {});
    const closed = once(client.socket, "close");
    client.socket.send("[", { fin: false });
    const pongs = setInterval(() => client.socket.pong(), 20);
    expect((await closed)[0]).toBe(1006);
    clearInterval(pongs);
    expect(logged).toMatchObject([{ event: "websocket.closed", message: "The message arrives too slowly." }]);
  });

  it("disconnects a client that sends a message in too many fragments [RPC-18]", async () => {
    const client = await (await openServer()).webSocket();
    client.socket.on("error", () => {});
    const closed = once(client.socket, "close");
    for (let part = 0; part < 2_000; part++) client.socket.send(part === 0 ? "[" : " ", { fin: false });
    expect((await closed)[0]).toBe(1008);
  });

  it("disconnects a client that sends too many pongs during a message [RPC-18]", async () => {
    const logged: unknown[] = [];
    const log = { ...silentLog, warn: (event: string, facts = {}) => void logged.push({ event, ...facts }) };
    const client = await (await openServer({ log })).webSocket();
    client.socket.on("error", () => {});
    const closed = once(client.socket, "close");
    for (let part = 0; part < 20; part++) {
      client.socket.send(part === 0 ? "[" : " ", { fin: false });
      for (let pong = 0; pong < 100; pong++) client.socket.pong("x".repeat(125));
    }
    expect((await closed)[0]).toBe(1006);
    expect(logged).toMatchObject([
      { event: "websocket.closed", message: "Too many control frames arrive within a message." },
    ]);
  });

  it("disconnects a client if no capacity remains to wait for a large answer", async () => {
    const server = await openServer({ limits: { responseBytesMax: 500_000, outgoingBytesMax: 500_000 } });
    server.fake.chain.simulation.result = { ...SUCCESS, output: new Uint8Array(200_000) };
    const slow = await server.webSocket();
    slow.socket.pause();
    const closed = once(slow.socket, "close");
    for (let id = 0; id < 50; id++) {
      slow.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method: "eth_call", params: [{}] }));
    }
    for (let turn = 0; turn < 2_000; turn++) await new Promise((resume) => setImmediate(resume));
    slow.socket.resume();
    expect((await closed)[0]).toBe(1013);
    expect((await (await server.webSocket()).call("eth_call", {})).result).toHaveLength(400_002);
  });

  it("sends a close frame when the server closes, and drops its subscriptions", async () => {
    const server = await openServer();
    const client = await server.webSocket();
    await client.subscribe("newHeads");
    await client.subscribe("newPendingTransactions");
    const closed = once(client.socket, "close");
    await server.server.close();
    expect((await closed)[0]).toBe(1001);
    await expect.poll(() => server.fake.chain.listenerCount + server.fake.pool.listenerCount).toBe(0);
  });

  it("finishes running requests when the server closes, accepts no new ones, and then sends a close frame", async () => {
    const server = await openServer({ times: { ...DEFAULT_RPC_TIMES, drainMs: 60_000 } });
    const client = await server.webSocket();
    const held = Promise.withResolvers<void>();
    server.fake.chain.simulation.delay = held.promise;
    const received: unknown[] = [];
    client.socket.on("message", (data: Buffer) => received.push(JSON.parse(data.toString())));
    client.socket.on("close", (code) => received.push(code));
    const calls = [client.call("eth_call", {}), client.call("eth_call", {})];
    await client.call("eth_chainId");
    const closed = server.server.close();
    client.socket.send('{"jsonrpc":"2.0","id":"late","method":"eth_chainId"}');
    // The pong shows that the server has read the request.
    client.socket.ping();
    await once(client.socket, "pong");
    held.resolve();
    await Promise.all([...calls, closed, once(client.socket, "close")]);
    expect(received).toMatchObject([
      { id: 3, result: "0x7a69" },
      { id: 1, result: "0xcafe" },
      { id: 2, result: "0xcafe" },
      1001,
    ]);
  });

  it("disconnects clients that do not confirm the close in time", async () => {
    const server = await openServer({ times: { ...DEFAULT_RPC_TIMES, drainMs: 50 } });
    const client = await server.webSocket();
    client.socket.pause();
    await server.server.close();
  });
});

describe("subscriptions", () => {
  it("RPC_SUBSCRIPTIONS_UNSUPPORTED over HTTP", async () => {
    const { error } = await (await openServer()).call("eth_subscribe", "newHeads");
    expect(error).toEqual({ code: -32001, message: "notifications not supported" });
  });

  it("RPC_TOPIC_UNKNOWN", async () => {
    const client = await (await openServer()).webSocket();
    expect((await client.call("eth_subscribe", "weather")).error).toEqual({
      code: -32601,
      message: 'no "weather" subscription in eth namespace',
    });
  });

  it("RPC_PARAMETERS_INVALID for a topic's options", async () => {
    const client = await (await openServer()).webSocket();
    const { error } = await client.call("eth_subscribe", "logs", { address: "0x1" });
    expect(error).toEqual({ code: -32602, message: "invalid argument 1: hex string of odd length" });
  });

  it("RPC_LIMIT_EXCEEDED: too many subscriptions", async () => {
    const client = await (await openServer({ limits: { subscriptionsMax: 1 } })).webSocket();
    const first = await client.subscribe("newHeads");
    expect((await client.call("eth_subscribe", "newHeads")).error).toMatchObject({ code: -32005 });
    await client.call("eth_unsubscribe", first);
    await client.subscribe("newHeads");
  });

  it("RPC_LIMIT_EXCEEDED: too many subscriptions of all connections, until one ends [RPC-18]", async () => {
    const server = await openServer({ limits: { subscriptionsTotalMax: 3 } });
    const [first, second] = [await server.webSocket(), await server.webSocket()];
    await first.subscribe("newHeads");
    await first.subscribe("logs");
    const id = await second.subscribe("newPendingTransactions");
    const again = async () => (await second.call("eth_subscribe", "newHeads")).error;
    expect(await again()).toEqual({ code: -32005, message: "too many subscriptions" });
    await second.call("eth_unsubscribe", id);
    expect(await again()).toBeUndefined();
    first.socket.terminate();
    await expect.poll(again).toBeUndefined();
    expect(await again()).toBeUndefined();
    expect(await again()).toMatchObject({ code: -32005 });
  });

  it("RPC_LIMIT_EXCEEDED: too many addresses and topics of one connection, without taking any from others", async () => {
    const server = await openServer({ limits: { clientLogItemsMax: 3 } });
    const [first, second] = [await server.webSocket(), await server.webSocket()];
    const looking = (count: number) => ({
      topics: [Array.from({ length: count }, (_, topic) => testTopic(topic))],
    });
    const two = await first.subscribe("logs", looking(2));
    expect((await first.call("eth_subscribe", "logs", looking(2))).error).toEqual({
      code: -32005,
      message: "too many addresses and topics",
    });
    await second.subscribe("logs", looking(3));
    await first.call("eth_unsubscribe", two);
    await first.subscribe("logs", looking(3));
  });

  it("RPC_LIMIT_EXCEEDED: too many addresses and topics of all connections together, until one of them ends", async () => {
    const server = await openServer({ limits: { logItemsMax: 1_000 } });
    const [first, second] = [await server.webSocket(), await server.webSocket()];
    const addresses = (count: number) =>
      Array.from({ length: count }, (_, index) => `0x${index.toString(16).padStart(40, "0")}`);
    await first.subscribe("logs", { address: addresses(1_000) });
    const refused = await second.call("eth_subscribe", "logs", { address: addresses(1) });
    expect(refused.error).toEqual({ code: -32005, message: "too many addresses and topics" });
    await second.subscribe("logs");
    first.socket.terminate();
    const again = async () => (await second.call("eth_subscribe", "logs", { address: addresses(1) })).error;
    await expect.poll(again).toBeUndefined();
  });

  it("RPC_SUBSCRIPTIONS_UNSUPPORTED when the client disconnected during its batch", async () => {
    const server = await openServer();
    const { chain } = server.fake;
    const client = await server.webSocket();
    const held = Promise.withResolvers<void>();
    chain.simulation.delay = held.promise;
    await client.subscribe("newHeads");
    const batch = [
      { jsonrpc: "2.0", id: "c", method: "eth_call", params: [{}] },
      { jsonrpc: "2.0", id: "s", method: "eth_subscribe", params: ["newHeads"] },
    ];
    client.socket.send(JSON.stringify(batch));
    await expect.poll(() => chain.simulation.last).toBeDefined();
    client.socket.terminate();
    await expect.poll(() => chain.listenerCount).toBe(0);
    held.resolve();
    await server.call("eth_call", {});
    expect(chain.listenerCount).toBe(0);
  });

  it("RPC_NOT_FOUND: a subscription", async () => {
    const client = await (await openServer()).webSocket();
    expect((await client.call("eth_unsubscribe", "0x1")).error).toEqual({
      code: -32000,
      message: "subscription not found",
    });
  });

  it("end with eth_unsubscribe", async () => {
    const server = await openServer();
    const client = await server.webSocket();
    const id = await client.subscribe("newHeads");
    expect((await client.call("eth_unsubscribe", id)).result).toBe(true);
    expect(server.fake.chain.listenerCount).toBe(0);
  });

  it("notify only after the answer with their id, also in a slow batch", async () => {
    const server = await openServer();
    const client = await server.webSocket();
    const held = Promise.withResolvers<void>();
    server.fake.chain.simulation.delay = held.promise;
    const batch = [
      { jsonrpc: "2.0", id: "s", method: "eth_subscribe", params: ["newHeads"] },
      { jsonrpc: "2.0", id: "c", method: "eth_call", params: [{}] },
    ];
    client.socket.send(JSON.stringify(batch));
    await expect.poll(() => server.fake.chain.listenerCount).toBe(1);
    const { hash } = server.fake.chain.add();
    held.resolve();
    const [subscribed] = await client.next<{ result: string }[]>();
    expect(await client.notified(subscribed!.result)).toMatchObject({ hash });
  });

  it("buffer as little for a pending answer as for a client that does not read [RPC-18]", async () => {
    const server = await openServer({ limits: { sendBufferBytesMax: 20_000 } });
    const { chain } = server.fake;
    const client = await server.webSocket();
    const held = Promise.withResolvers<void>();
    chain.simulation.delay = held.promise;
    const batch = [
      { jsonrpc: "2.0", id: "s", method: "eth_subscribe", params: ["newHeads"] },
      { jsonrpc: "2.0", id: "c", method: "eth_call", params: [{}] },
    ];
    client.socket.send(JSON.stringify(batch));
    await expect.poll(() => chain.listenerCount).toBe(1);
    for (let block = 0; block < 100; block++) chain.add();
    await once(client.socket, "close");
    held.resolve();
    expect((await (await server.webSocket()).call("eth_chainId")).result).toBe("0x7a69");
  });

  it("of pending transactions return hashes, or full transactions", async () => {
    const server = await openServer();
    const client = await server.webSocket();
    const hashes = await client.subscribe("newPendingTransactions");
    const full = await client.subscribe("newPendingTransactions", true);
    const { transaction } = server.fake.pool.add(testTransaction());
    expect(await client.notified(hashes)).toBe(transaction.hash);
    expect(await client.notified(full)).toMatchObject({ hash: transaction.hash, blockHash: null });
  });
});
