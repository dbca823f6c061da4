import { bytesToHex, type Log, silentLog } from "@trellis/base";
import { testTransaction } from "@trellis/kit/chainView";
import { describe, expect, it } from "vitest";
import { FakeNode, type JsonRpcAnswer } from "../testing/FakeNode.ts";
import { testSession } from "../testing/testSession.ts";
import { textOf } from "./answers.ts";

const request = (fields: object) =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", ...fields });
const failure = (code: number, message: string, id: unknown = null) => ({
  jsonrpc: "2.0",
  id,
  error: { code, message },
});
const CHAIN_ID = { jsonrpc: "2.0", id: 1, result: "0x7a69" };

describe("request", () => {
  const node = new FakeNode();

  it("is answered", async () => expect(await node.send(request({}))).toEqual(CHAIN_ID));

  it.each([
    ["text", '"a"', "a"],
    ["zero", "0", 0],
    ["negative", "-7", -7],
    ["null", "null", null],
  ])("keeps its id: %s", async (_, idJson, id) => {
    const message = `{"jsonrpc":"2.0","id":${idJson},"method":"eth_chainId"}`;
    expect(await node.send(message)).toEqual({ ...CHAIN_ID, id });
  });

  it("keeps an id beyond JavaScript's numbers", async () => {
    const id = "123456789012345678901234567890";
    const message = Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":"eth_chainId"}`);
    expect(await node.handle(message, testSession())).toBe(`{"jsonrpc":"2.0","id":${id},"result":"0x7a69"}`);
  });

  it("waits for blocks of transactions that were answered", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = new FakeNode({ settled: () => promise });
    let isAnswered = false;
    const answers = [waiting.send(request({})), waiting.send(`[${request({ method: "eth_blockNumber" })}]`)];
    for (const answer of answers) answer.then(() => (isAnswered = true));
    await new Promise((later) => setImmediate(later));
    expect(isAnswered).toBe(false);
    waiting.chain.add();
    resolve();
    expect(await answers[0]).toEqual(CHAIN_ID);
    expect(await answers[1]).toMatchObject([{ result: "0x1" }]);
  });

  it("without an id is not answered, whatever its outcome", async () => {
    for (const fields of [{}, { method: "eth_nothing" }, { params: [1, 2] }, { params: {} }]) {
      expect(await node.send(request({ ...fields, id: undefined }))).toBeUndefined();
    }
  });

  it("treats null as no parameters", async () =>
    expect(await node.send(request({ params: null }))).toEqual(CHAIN_ID));

  it("uses the last of repeated keys", async () => {
    const message = '{"jsonrpc":"2.0","id":9,"id":1,"method":"eth_x","method":"eth_chainId"}';
    expect(await node.send(message)).toEqual(CHAIN_ID);
  });

  it("RPC_JSON_INVALID", async () => {
    for (const message of ["", "{", "[1", "\u0000", '{"id":1', "undefined"]) {
      expect(await node.send(message)).toEqual(failure(-32700, "parse error"));
    }
  });

  it("RPC_JSON_INVALID: too deep", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect(await node.send(deep)).toEqual(failure(-32700, "parse error: exceeded max depth"));
  });

  it("RPC_REQUEST_INVALID", async () => {
    for (const message of ["1", "null", '"eth_chainId"', request({ jsonrpc: "1.0", id: undefined })]) {
      expect(await node.send(message)).toEqual(failure(-32600, "invalid request"));
    }
    for (const fields of [{ jsonrpc: undefined }, { method: 5 }, { method: "" }, { method: undefined }]) {
      expect(await node.send(request(fields))).toEqual(failure(-32600, "invalid request", 1));
    }
    for (const id of [{}, [], true, { rawJSON: "5" }]) {
      expect(await node.send(request({ id }))).toEqual(failure(-32600, "invalid request"));
    }
  });

  it("RPC_REQUEST_INVALID for an id too long to be returned", async () => {
    const id = "a".repeat(256);
    expect(await node.send(request({ id }))).toEqual({ ...CHAIN_ID, id });
    expect(await node.send(request({ id: `${id}a` }))).toEqual(failure(-32600, "invalid request"));
    expect(await node.send(`[${request({ id: `${id}a` })}]`)).toEqual([failure(-32600, "invalid request")]);
  });

  it("RPC_JSON_INVALID: a number too long", async () => {
    const message = `{"jsonrpc":"2.0","id":${"9".repeat(129)},"method":"eth_chainId"}`;
    expect(await node.send(message)).toEqual(failure(-32700, "parse error: number too long"));
  });

  it("RPC_REQUEST_INVALID: too many values", async () => {
    const params = Array.from({ length: 100_000 }, () => 1);
    expect(await node.send(request({ params }))).toEqual(failure(-32600, "too many values in the message"));
  });

  it("RPC_METHOD_UNKNOWN", async () => {
    for (const method of ["eth_nothing", "__proto__", "constructor", "toString"]) {
      const message = `the method ${method} does not exist/is not available`;
      expect(await node.send(request({ method }))).toEqual(failure(-32601, message, 1));
    }
  });

  it("RPC_METHOD_UNKNOWN for a role that is not enabled", async () => {
    const open = new FakeNode({ roles: ["public"] });
    for (const method of ["debug_traceCall", "evm_mine", "eth_sendTransaction"]) {
      expect((await open.call(method)).error?.code).toBe(-32601);
    }
  });

  it("RPC_PARAMETERS_INVALID", async () => {
    const refusals: [unknown, string][] = [
      [{ address: "0x" }, "non-array args"],
      [[], "missing value for required argument 0"],
      [[null], "missing value for required argument 0"],
      [["0x1", "latest", 3], "too many arguments, want at most 2"],
      [["70"], "invalid argument 0: hex string without 0x prefix"],
      [["0x1"], "invalid argument 0: hex string of odd length"],
      [["0x12"], "invalid argument 0: hex string has length 2, want 40 for common.Address"],
      [[`0x${"70".repeat(20)}`, "0x01"], "invalid argument 1: hex number with leading zero digits"],
      [[`0x${"70".repeat(20)}`, "newest"], "invalid argument 1: hex string without 0x prefix"],
    ];
    for (const [params, message] of refusals) {
      expect(await node.send(request({ method: "eth_getBalance", params }))).toEqual(
        failure(-32602, message, 1),
      );
    }
  });

  it("that causes a defect is answered without details, which are logged", async () => {
    const logged: string[] = [];
    const log: Log = { ...silentLog, error: (event) => logged.push(event) };
    const broken = new FakeNode({ log });
    broken.chain.head = () => {
      throw new TypeError("secret");
    };
    expect(await broken.call("eth_blockNumber")).toEqual(failure(-32603, "internal error", 1));
    expect(logged).toEqual(["method.failed"]);
  });

  it("RPC_RESPONSE_TOO_LARGE", async () => {
    const small = new FakeNode({ limits: { responseBytesMax: 200 } });
    expect(await small.send(request({ method: "eth_getBlockByNumber", params: ["latest"] }))).toEqual(
      failure(-32003, "response too large", 1),
    );
  });

  it("RPC_OVERLOADED", async () => {
    const narrow = new FakeNode({ limits: { weightMax: 1_000 } });
    const held = Promise.withResolvers<void>();
    narrow.chain.simulation.delay = held.promise;
    const calls = Array.from({ length: 20 }, () => narrow.call("eth_call", {}));
    expect(await narrow.call("eth_call", {})).toEqual({
      jsonrpc: "2.0",
      id: 1,
      error: {
        code: -32005,
        message: "limit exceeded: too many requests under way",
        data: { code: "RPC_OVERLOADED", retryAfterS: 1 },
      },
    });
    held.resolve();
    for (const answer of await Promise.all(calls)) expect(answer.result).toBe("0xcafe");
    expect((await narrow.call("eth_call", {})).result).toBe("0xcafe");
  });
});

describe("slow call [RPC-23]", () => {
  const held = (node: FakeNode) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    node.chain.simulation.delay = promise;
    return resolve;
  };

  it("does not delay fast calls of any client", async () => {
    const node = new FakeNode();
    const release = held(node);
    const calls = Array.from({ length: 10 }, () => node.call("eth_call", {}));
    expect((await node.call("eth_blockNumber")).result).toBe("0x0");
    expect((await node.call("eth_getBlockByNumber", "latest", false)).result).toBeTruthy();
    expect((await node.call("eth_getLogs", { fromBlock: "latest" })).result).toEqual([]);
    release();
    for (const { result } of await Promise.all(calls)) expect(result).toBe("0xcafe");
  });

  it("RPC_CALL_TIMED_OUT: its timeout starts at the arrival of its message", async () => {
    const node = new FakeNode();
    const { callTimeMs } = node.options.limits;
    const arrivedMs = node.time.nowMs() - callTimeMs - 1;
    for (const method of ["eth_call", "eth_getLogs", "eth_feeHistory", "trellis_getDag"]) {
      const params = method === "eth_call" || method === "eth_getLogs" ? [{}] : ["0x1", "0x1"];
      const late = await node.send(request({ method, params }), { arrivedMs });
      expect(late).toEqual(failure(-32000, "execution aborted (timeout = 5s)", 1));
    }
    expect(node.chain.simulation.last).toBeUndefined();
    expect(await node.send(request({}), { arrivedMs })).toEqual(CHAIN_ID);
  });

  it("never starts when its client has disconnected", async () => {
    const node = new FakeNode();
    const session = testSession();
    session.connection.end();
    const params = [{}];
    await node.handle(Buffer.from(request({ method: "eth_call", params })), session);
    expect(node.chain.simulation.last).toBeUndefined();
  });

  it("is cancelled when its client disconnects", async () => {
    const node = new FakeNode();
    const release = held(node);
    const session = testSession();
    const answer = node.handle(Buffer.from(request({ method: "eth_call", params: [{}] })), session);
    const { signal } = node.chain.simulation.last!.options!.cancellation!;
    expect(signal.aborted).toBe(false);
    session.connection.end();
    expect(signal.aborted).toBe(true);
    expect(JSON.parse(textOf((await answer)!)).error.message).toBe("the client has closed the connection");
    release();
  });
});

describe("batch", () => {
  const node = new FakeNode();

  it("is answered in order, without its notifications", async () => {
    const batch = [
      { jsonrpc: "2.0", id: 1, method: "eth_chainId" },
      { jsonrpc: "2.0", method: "eth_chainId" },
      7,
      { jsonrpc: "2.0", id: "b", method: "eth_call", params: [{}] },
      { jsonrpc: "2.0", id: 3, method: "eth_nothing" },
    ];
    expect(await node.send(JSON.stringify(batch))).toEqual([
      CHAIN_ID,
      failure(-32600, "invalid request"),
      { jsonrpc: "2.0", id: "b", result: "0xcafe" },
      failure(-32601, "the method eth_nothing does not exist/is not available", 3),
    ]);
  });

  it("of notifications is not answered", async () =>
    expect(await node.send('[{"jsonrpc":"2.0","method":"eth_chainId"}]')).toBeUndefined());

  it("RPC_REQUEST_INVALID: an empty batch", async () =>
    expect(await node.send("[]")).toEqual(failure(-32600, "empty batch")));

  it("RPC_REQUEST_INVALID: a batch too long", async () => {
    const short = new FakeNode({ limits: { batchLengthMax: 3 } });
    const batch = (length: number) => `[${Array.from({ length }, () => request({})).join(",")}]`;
    expect(await short.send(batch(3))).toEqual([CHAIN_ID, CHAIN_ID, CHAIN_ID]);
    expect(await short.send(batch(4))).toEqual(failure(-32600, "batch too large"));
    expect(await short.send(batch(100_000))).toEqual(failure(-32600, "batch too large"));
  });

  it("sends its transactions together, and executes later entries after them", async () => {
    const sending = new FakeNode();
    const { sender } = testTransaction();
    const send = (nonce: bigint) => ({
      jsonrpc: "2.0",
      id: Number(nonce),
      method: "eth_sendRawTransaction",
      params: [bytesToHex(testTransaction({ nonce }).transaction.encoded)],
    });
    const count = { jsonrpc: "2.0", id: 9, method: "eth_getTransactionCount", params: [sender, "pending"] };
    const answers = (await sending.send(JSON.stringify([send(0n), send(1n), count, send(2n)]))) as object[];
    expect(answers[2]).toMatchObject({ id: 9, result: "0x2" });
    expect(sending.pool.underWayMax).toBe(2);
  });

  it("RPC_BATCH_TIMED_OUT for entries that were not reached", async () => {
    const node = new FakeNode({ limits: { batchTimeMs: 1_000 } });
    const slow = { jsonrpc: "2.0", id: 1, method: "eth_chainId" };
    const read = node.chain.head.bind(node.chain);
    node.chain.head = () => {
      node.time.advance(600);
      return read();
    };
    const heads = Array.from({ length: 4 }, (_, id) => ({ ...slow, id, method: "eth_blockNumber" }));
    const answers = (await node.send(JSON.stringify(heads))) as { error?: object }[];
    const late = { code: -32002, message: "request timed out" };
    expect(answers.map(({ error }) => error)).toEqual([undefined, undefined, late, late]);
  });

  it("RPC_RESPONSE_TOO_LARGE: beyond the answer limit the rest is refused without execution [RPC-17]", async () => {
    const small = new FakeNode({ limits: { responseBytesMax: 100 } });
    const head = small.chain.head.bind(small.chain);
    let reads = 0;
    small.chain.head = () => {
      reads++;
      return head();
    };
    const entries = Array.from({ length: 5 }, (_, id) => request({ id, method: "eth_blockNumber" }));
    const answers = (await small.send(`[${entries.join(",")}]`)) as JsonRpcAnswer[];
    expect(answers.map(({ error }) => error?.code)).toEqual([undefined, undefined, -32003, -32003, -32003]);
    expect(reads).toBe(3);
  });

  it("RPC_RESPONSE_TOO_LARGE: a full block is not serialized beyond the batch's remaining size [RPC-17]", async () => {
    const node = new FakeNode({ limits: { responseBytesMax: 12_000 } });
    const transactions = Array.from({ length: 10 }, (_, nonce) => ({
      signed: testTransaction({ nonce: BigInt(nonce) }),
    }));
    const block = node.chain.add({ transactions });
    const full = request({ method: "eth_getBlockByNumber", params: ["latest", true] });
    let written = 0;
    for (const { transaction } of block.transactions) {
      const { data } = transaction;
      const get = () => {
        written++;
        return data;
      };
      Object.defineProperty(transaction, "data", { get });
    }
    await node.send(full);
    const once = written;
    written = 0;
    const answers = (await node.send(`[${full},${full},${full},${full}]`)) as JsonRpcAnswer[];
    expect(answers.map(({ error }) => error?.code)).toEqual([undefined, -32003, -32003, -32003]);
    expect(written).toBeGreaterThan(once);
    expect(written).toBeLessThan(2 * once);
  });

  it("ends with its client, at the current entry [RPC-23]", async () => {
    const node = new FakeNode();
    const session = testSession();
    const { simulation } = node.chain;
    const call = simulation.call.bind(simulation);
    let calls = 0;
    simulation.call = (...given) => {
      if (++calls === 2) session.connection.end();
      return call(...given);
    };
    const entries = Array.from({ length: 5 }, (_, id) => request({ id, method: "eth_call", params: [{}] }));
    const answer = await node.handle(Buffer.from(`[${entries.join(",")}]`), session);
    expect(calls).toBe(2);
    expect(JSON.parse(textOf(answer!)).error.message).toBe("the client has closed the connection");
  });
});
