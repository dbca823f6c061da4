import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { createServer } from "node:net";
import { bytesToHex, type TrellisError } from "@trellis/base";
import { SUCCESS, testTransaction } from "@trellis/kit/chainView";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { describe, expect, it } from "vitest";
import { DEFAULT_RPC_TIMES } from "../options.ts";
import type { TraceCall } from "../ports.ts";
import { FakeNode } from "../testing/FakeNode.ts";
import { openServer } from "../testing/openServer.ts";
import { createRpcServer } from "./createRpcServer.ts";

const CHAIN_ID = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}';
const ANSWER = '{"jsonrpc":"2.0","id":1,"result":"0x7a69"}';

describe("HTTP", () => {
  it("answers one request and a batch", async () => {
    const server = await openServer();
    expect(await server.post(CHAIN_ID)).toMatchObject({ status: 200, text: ANSWER });
    expect((await server.post(`[${CHAIN_ID},${CHAIN_ID}]`)).text).toBe(`[${ANSWER},${ANSWER}]`);
    expect(await server.post(CHAIN_ID, { "content-type": "application/json; charset=utf-8" })).toMatchObject({
      status: 200,
    });
  });

  it("answers a request that offers an upgrade to HTTP/2, as Java's client does", async () => {
    const server = await openServer();
    const offer = {
      connection: "Upgrade, HTTP2-Settings",
      upgrade: "h2c",
      "http2-settings": "AAMAAABkAAQAAP__",
    };
    expect(await server.post(CHAIN_ID, offer)).toMatchObject({ status: 200, text: ANSWER });
  });

  it("runs each call of a traced node in a span of the client's trace", async () => {
    const traced: unknown[] = [];
    const trace: TraceCall = async (method, traceparent, run) => {
      try {
        const result = await run();
        traced.push([method, traceparent, result]);
        return result;
      } catch (error) {
        traced.push([method, traceparent, (error as TrellisError).code]);
        throw error;
      }
    };
    const server = await openServer({ trace });
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const block = '{"jsonrpc":"2.0","id":2,"method":"eth_getLogs","params":[{"fromBlock":"0xffff"}]}';
    expect(await server.post(CHAIN_ID)).toMatchObject({ status: 200, text: ANSWER });
    const { text } = await server.post(`[${CHAIN_ID},${block}]`, { traceparent });
    expect(JSON.parse(text)).toMatchObject([{ result: "0x7a69" }, { id: 2, error: {} }]);
    expect(traced).toEqual([
      ["eth_chainId", undefined, "0x7a69"],
      ["eth_chainId", traceparent, "0x7a69"],
      ["eth_getLogs", traceparent, expect.stringMatching(/^[A-Z_]+$/)],
    ]);
  });

  it("returns no content for notifications", async () => {
    const server = await openServer();
    expect(await server.post('{"jsonrpc":"2.0","method":"eth_chainId"}')).toMatchObject({
      status: 204,
      text: "",
    });
  });

  it("explains itself to a browser", async () => {
    const server = await openServer();
    expect(await server.post("", {}, "GET")).toMatchObject({ status: 200, text: /JSON-RPC/ });
  });

  it("RPC_REQUEST_INVALID: HTTP for another content type or method", async () => {
    const server = await openServer();
    const refused = await server.post(CHAIN_ID, { "content-type": "text/plain" });
    expect(refused.status).toBe(415);
    expect(JSON.parse(refused.text).error).toEqual({
      code: -32600,
      message: "invalid content type, only application/json is supported",
    });
    expect((await server.post(CHAIN_ID, {}, "PUT")).status).toBe(405);
  });

  it("RPC_REQUEST_INVALID: HTTP for a host that is not configured, as in DNS rebinding", async () => {
    const server = await openServer({ hosts: ["localhost", "node.example"] });
    for (const host of ["localhost:8545", "127.0.0.1:1", "[::1]:80", "NODE.example"]) {
      expect((await server.post(CHAIN_ID, { host })).status).toBe(200);
    }
    for (const host of ["evil.example", "localhost.evil.example:8545", "127.0.0.1.evil.example"]) {
      expect((await server.post(CHAIN_ID, { host })).status).toBe(403);
    }
    expect((await (await openServer({ hosts: ["*"] })).post(CHAIN_ID, { host: "any.example" })).status).toBe(
      200,
    );
  });

  it("accepts the configured origins, and answers their preflights", async () => {
    const server = await openServer({ origins: ["https://wallet.example"] });
    const origin = "https://wallet.example";
    expect((await server.post(CHAIN_ID, { origin })).headers["access-control-allow-origin"]).toBe(origin);
    expect(await server.post("", { origin }, "OPTIONS")).toMatchObject({
      status: 204,
      headers: { "access-control-allow-origin": origin, "access-control-allow-headers": "*" },
    });
    const refused = await server.post(CHAIN_ID, { origin: "https://evil.example" });
    expect(refused.status).toBe(403);
    expect(refused.headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("RPC_REQUEST_INVALID: a body too large before the body is read", async () => {
    const server = await openServer();
    const request = httpRequest(server.server.url, {
      method: "POST",
      agent: false,
      headers: { "content-type": "application/json", "content-length": 100_000_000 },
    });
    request.on("error", () => {});
    request.flushHeaders();
    const [response] = await once(request, "response");
    expect(response.statusCode).toBe(413);
    const text = (await response.toArray()).join("");
    expect(JSON.parse(text).error.message).toBe("content length too large (100000000>5242880)");
  });

  it("RPC_REQUEST_INVALID: a body too large while a body of unknown length is read", async () => {
    const server = await openServer({ limits: { bodyBytesMax: 1_000 } });
    const socket = await server.tcp();
    socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
    socket.write("Transfer-Encoding: chunked\r\n\r\n");
    const chunk = `200\r\n${" ".repeat(0x200)}\r\n`;
    for (let sent = 0; sent < 10; sent++) socket.write(chunk);
    const answer = (await socket.toArray()).join("");
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
    expect(answer).toContain("content length too large (1024>1000)");
    expect((await server.post(CHAIN_ID)).status).toBe(200);
  });

  it("refuses an announced body that expects permission", async () => {
    const server = await openServer({ limits: { bodyBytesMax: 1_000 } });
    const ask = async (length: number) => {
      const socket = await server.tcp();
      socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
      socket.write(`Expect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`);
      const [head] = (await once(socket, "data")) as [Buffer];
      return head.toString();
    };
    expect(await ask(100)).toMatch(/^HTTP\/1\.1 100/);
    expect(await ask(10_000)).toMatch(/^HTTP\/1\.1 413/);
  });

  it("refuses a batch of 100,000 calls and a body of 100 MB, and keeps running", async () => {
    const server = await openServer({ limits: { bodyBytesMax: 16_000_000 } });
    const batch = await server.post(`[${Array.from({ length: 100_000 }, () => CHAIN_ID).join(",")}]`);
    expect(JSON.parse(batch.text).error).toEqual({ code: -32600, message: "batch too large" });
    await server.post(" ".repeat(100_000_000)).catch(() => undefined);
    expect((await server.post(CHAIN_ID)).text).toBe(ANSWER);
  });

  it("disconnects clients that do not finish their headers or their body", async () => {
    const times = { ...DEFAULT_RPC_TIMES, headersMs: 200, bodyMs: 400 };
    const server = await openServer({ times });
    const [slowHeaders, slowBody] = [await server.tcp(), await server.tcp()];
    slowHeaders.write("POST / HTTP/1.1\r\nHost: loc");
    slowBody.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
    slowBody.write("Content-Length: 100\r\n\r\n{");
    const answers = await Promise.all([slowHeaders.toArray(), slowBody.toArray()]);
    for (const answer of answers) expect(answer.join("")).toMatch(/^HTTP\/1\.1 408/);
  });

  it("limits its connections", async () => {
    const server = await openServer({ limits: { connectionsMax: 2 } });
    await server.tcp();
    await server.tcp();
    const third = await server.tcp();
    await once(third, "close");
  });

  it("RPC_OVERLOADED while slow clients have too many unread answers", async () => {
    const limits = { responseBytesMax: 1_000_000, outgoingBytesMax: 1_000_000 };
    const server = await openServer({ limits });
    const { chain } = server.fake;
    chain.simulation.result = { ...SUCCESS, output: new Uint8Array(400_000) };
    const body = '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{}]}';
    const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    const slow = await server.tcp();
    slow.pause();
    slow.write(`${head}\r\n\r\n${body}`.repeat(20));
    await expect.poll(async () => (await server.call("eth_call", {})).error).toMatchObject({ code: -32005 });
    slow.destroy();
    await expect.poll(async () => (await server.call("eth_call", {})).error).toBeUndefined();
  });

  it("RPC_CLIENT_GONE: a call ends with its connection, and a waiting one never starts [RPC-23]", async () => {
    const server = await openServer();
    const { simulation } = server.fake.chain;
    const release = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    simulation.call = async (_at, _request, options) => {
      signals.push(options!.cancellation!.signal);
      await release.promise;
      return SUCCESS;
    };
    const body = '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{}]}';
    const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    const sockets = [];
    for (let client = 0; client < 5; client++) {
      const socket = await server.tcp();
      socket.write(`${head}\r\n\r\n${body}`);
      sockets.push(socket);
    }
    await expect.poll(() => signals.length).toBe(1);
    // The server has then read the sockets' earlier data.
    expect((await server.post(CHAIN_ID)).text).toBe(ANSWER);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => signals[0]!.aborted).toBe(true);
    expect((await server.post(CHAIN_ID)).text).toBe(ANSWER);
    release.resolve();
    expect((await server.call("eth_call", {})).result).toBe("0xcafe");
    expect(signals).toHaveLength(2);
  });

  it("RPC_OVERLOADED for the rest of batches while answers of others wait [RPC-18]", async () => {
    const limits = { responseBytesMax: 1_000_000, outgoingBytesMax: 1_000_000 };
    const server = await openServer({ limits, callWorkers: 2 });
    const { simulation } = server.fake.chain;
    simulation.result = { ...SUCCESS, output: new Uint8Array(90_000) };
    const entry = (id: number, method: string) => ({ jsonrpc: "2.0", id, method, params: [{}] });
    const calls = (count: number) => Array.from({ length: count }, (_, id) => entry(id, "eth_call"));
    const read = async (batch: object[]) =>
      JSON.parse((await server.post(JSON.stringify(batch))).text) as { error?: { code: number } }[];
    const held = Promise.withResolvers<void>();
    const call = simulation.call.bind(simulation);
    let count = 0;
    simulation.call = async (...given) => {
      if (++count === 5) await held.promise;
      return call(...given);
    };
    const first = read(calls(5));
    await expect.poll(() => count).toBe(5);
    const codes = (await read(calls(4))).map(({ error }) => error?.code);
    expect(codes).toEqual([undefined, -32005, -32005, -32005]);
    held.resolve();
    await first;
  });

  it("RPC_OVERLOADED while unfinished bodies take too much, except for small bodies", async () => {
    const server = await openServer({ limits: { bodyBytesMax: 1_000_000, incomingBytesMax: 1_000_000 } });
    const sendPart = async () => {
      const socket = (await server.tcp()).resume();
      socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
      socket.write(`Content-Length: 1000000\r\n\r\n${" ".repeat(900_000)}`);
      return socket;
    };
    let slow = await sendPart();
    const large = `${" ".repeat(600_000)}${CHAIN_ID}`;
    const post = async () => (await server.post(large).catch(() => undefined))?.status;
    const postBeside = async () => {
      if (!slow.destroyed) return post();
      slow = await sendPart();
      return undefined;
    };
    await expect.poll(postBeside, { interval: 250 }).toBe(503);
    expect(await server.post(CHAIN_ID)).toMatchObject({ status: 200, text: ANSWER });
    slow.destroy();
    await expect.poll(post).toBe(200);
    for (let again = 0; again < 5; again++) expect(await post()).toBe(200);
  });

  it("calls that wait for a block do not hold their messages, over HTTP or WebSocket [RPC-27]", async () => {
    const server = await openServer({ limits: { bodyBytesMax: 1_000_000, incomingBytesMax: 1_000_000 } });
    const { chain, pool } = server.fake;
    const padding = " ".repeat(900_000);
    const client = await server.webSocket();
    const ways = [
      (message: string) => server.post(message),
      (message: string) => {
        client.socket.send(message);
        return client.next();
      },
    ];
    for (const [nonce, send] of ways.entries()) {
      const signed = testTransaction({ nonce: BigInt(nonce) });
      const params = [bytesToHex(signed.transaction.encoded), 30_000];
      const call = { jsonrpc: "2.0", id: 1, method: "eth_sendRawTransactionSync", params };
      const answer = send(`${padding}${JSON.stringify(call)}`);
      await expect.poll(() => pool.get(signed.transaction.hash)).toBeDefined();
      expect(await server.post(`${padding}${CHAIN_ID}`)).toMatchObject({ status: 200, text: ANSWER });
      chain.add({ transactions: [{ signed }] });
      expect(JSON.stringify(await answer)).toContain(signed.transaction.hash);
    }
    expect(await server.post(`${padding}${CHAIN_ID}`)).toMatchObject({ status: 200, text: ANSWER });
  });

  it("allows an accepted page on the internet to reach a private address", async () => {
    const server = await openServer({ origins: ["*"] });
    const headers = { origin: "https://a.example", "access-control-request-private-network": "true" };
    const { headers: answered } = await server.post("", headers, "OPTIONS");
    expect(answered["access-control-allow-private-network"]).toBe("true");
  });

  it("survives clients that disconnect", async () => {
    const server = await openServer();
    const held = Promise.withResolvers<void>();
    server.fake.chain.simulation.delay = held.promise;
    const socket = await server.tcp();
    const body = '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{}]}';
    socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
    socket.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
    await expect.poll(() => server.fake.chain.simulation.last).toBeDefined();
    socket.destroy();
    held.resolve();
    expect((await server.post(CHAIN_ID)).text).toBe(ANSWER);
  });
});

describe("lifetime of the server", () => {
  it("finishes running requests when it closes, and accepts no new ones", async () => {
    const server = await openServer();
    const held = Promise.withResolvers<void>();
    server.fake.chain.simulation.delay = held.promise;
    const answer = server.call("eth_call", {});
    await expect.poll(() => server.fake.chain.simulation.last).toBeDefined();
    const closed = server.server.close();
    await expect(server.post(CHAIN_ID)).rejects.toThrow(/ECONNREFUSED/);
    held.resolve();
    expect((await answer).result).toBe("0xcafe");
    await closed;
  });

  it("while draining, answers, and closes the connection of each answer", async () => {
    const fake = new FakeNode();
    let isDraining = false;
    const ports = { ...fake.dependencies, clock: systemClock, scheduler: systemScheduler };
    const server = await createRpcServer(fake.options, { ...ports, isDraining: () => isDraining });
    await server.listen();
    const post = async (): Promise<string | null> => {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(server.url, { method: "POST", headers, body: CHAIN_ID });
      expect(await answer.text()).toBe(ANSWER);
      return answer.headers.get("connection");
    };
    expect(await post()).toBe("keep-alive");
    isDraining = true;
    expect(await post()).toBe("close");
    await server.close();
  });

  it("disconnects requests past their deadline", async () => {
    const server = await openServer({ times: { ...DEFAULT_RPC_TIMES, drainMs: 50 } });
    server.fake.chain.simulation.delay = new Promise(() => {});
    const answer = server.call("eth_call", {});
    answer.catch(() => {});
    await expect.poll(() => server.fake.chain.simulation.last).toBeDefined();
    await server.server.close();
    await expect(answer).rejects.toThrow();
  });

  it("RPC-18.4: closes a silent connection, unless a call runs", async () => {
    const idleMs = 100;
    const server = await openServer({ times: { ...DEFAULT_RPC_TIMES, idleMs } });
    const { simulation } = server.fake.chain;
    simulation.delay = new Promise((resolve) => setTimeout(resolve, 5 * idleMs));
    const answer = server.call("eth_call", {});
    const [silent, partial] = await Promise.all([server.tcp(), server.tcp()]);
    partial.write("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n");
    partial.write("content-length: 100\r\n\r\n{");
    await Promise.all([silent, partial].map((socket) => once(socket, "close")));
    expect(await answer).toHaveProperty("result");
  });

  it("closes once, also without having listened", async () => {
    const server = await openServer();
    await Promise.all([server.server.close(), server.server.close()]);
    const fake = new FakeNode();
    const idle = await createRpcServer(fake.options, {
      ...fake.dependencies,
      clock: systemClock,
      scheduler: systemScheduler,
    });
    await idle.close();
  });

  it("PORT_UNAVAILABLE", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await expect(openServer({ port })).rejects.toMatchObject({
      code: "PORT_UNAVAILABLE",
      facts: { reason: "EADDRINUSE" },
      hint: expect.stringMatching(/EADDRINUSE: .*EACCES: .*EADDRNOTAVAIL: /),
    });
    other.close();
  });

  it("ARGUMENT_INVALID: options that contradict each other", async () => {
    const wrong = [
      ["bodyBytesMax", { limits: { bodyBytesMax: 0 } }],
      ["weightMax", { limits: { weightMax: 10 } }],
      ["headersMs", { times: { ...DEFAULT_RPC_TIMES, headersMs: 60_000 } }],
      ["roles", { roles: ["root" as "admin"] }],
    ] as const;
    for (const [option, options] of wrong) {
      const facts = { option, rule: expect.any(String) };
      await expect(openServer(options)).rejects.toMatchObject({ code: "ARGUMENT_INVALID", facts });
    }
  });
});
