import { bytesToHex } from "@trellis/base";
import { testTransaction } from "@trellis/kit/chainView";
import { describe, expect, it } from "vitest";
import { Connection } from "../../guards/Connection.ts";
import type { Session } from "../../Session.ts";
import { FakeNode, type JsonRpcAnswer } from "../../testing/FakeNode.ts";

const signed = testTransaction({ nonce: 0n });
const { hash } = signed.transaction;
const other = testTransaction({ nonce: 0n, value: 7n });

function send(node: FakeNode, from: Partial<Session> = {}, timeoutMs?: unknown, transaction = signed) {
  const params = [
    bytesToHex(transaction.transaction.encoded),
    ...(timeoutMs === undefined ? [] : [timeoutMs]),
  ];
  const request = { jsonrpc: "2.0", id: 1, method: "eth_sendRawTransactionSync", params };
  return node.send(JSON.stringify(request), from) as Promise<JsonRpcAnswer>;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function isOpen(answer: Promise<unknown>): Promise<boolean> {
  await turn();
  return Promise.race([answer.then(() => false), turn().then(() => true)]);
}

describe("eth_sendRawTransactionSync [RPC-27]", () => {
  it("returns the receipt once a block includes the transaction", async () => {
    const node = new FakeNode();
    const before = node.chain.listenerCount;
    const answer = send(node);
    node.chain.add();
    expect(await isOpen(answer)).toBe(true);
    const block = node.chain.add({ transactions: [{ signed }] });
    expect((await answer).result).toEqual(await node.result("eth_getTransactionReceipt", hash));
    expect((await answer).result).toMatchObject({ blockHash: block.hash, status: "0x1" });
    expect(node.chain.listenerCount).toBe(before);
  });

  it("keeps waiting if a reorganisation removes the block at once", async () => {
    const node = new FakeNode();
    const answer = send(node);
    await turn();
    node.chain.add({ transactions: [{ signed }] });
    node.chain.reorganise(1, [{}]);
    expect(await isOpen(answer)).toBe(true);
    const block = node.chain.add({ transactions: [{ signed }] });
    expect((await answer).result).toMatchObject({ blockHash: block.hash });
  });

  it.each([
    ["by default", undefined, 2_000],
    ["with 0", "0x0", 2_000],
    ["as asked", 5_000, 5_000],
    ["at most inclusionMsMax", "0xffffff", 30_000],
  ])("RPC_INCLUSION_TIMED_OUT %s", async (_, asked, timeMs) => {
    const node = new FakeNode();
    const answer = send(node, {}, asked);
    await turn();
    node.time.advance(timeMs - 1);
    expect(await isOpen(answer)).toBe(true);
    node.time.advance(1);
    expect((await answer).error).toEqual({
      code: 4,
      message: `the transaction was added to the mempool but not included in ${timeMs / 1000}s`,
      data: hash,
    });
    expect(node.pool.get(hash)).toBeDefined();
  });

  it("RPC_TRANSACTION_QUEUED", async () => {
    const node = new FakeNode();
    const ahead = testTransaction({ nonce: 3n });
    const { error } = await send(node, {}, undefined, ahead);
    expect(error).toEqual({
      code: 5,
      message: "the transaction was added to the mempool but waits for nonce 1",
      data: ahead.transaction.hash,
    });
  });

  const byEvent: [string, (node: FakeNode) => void, string][] = [
    ["evicted", ({ pool }) => pool.drop(hash, "EVICTED"), "EVICTED"],
    ["replaced", ({ pool }) => pool.replace(hash, other), `replaced by ${other.transaction.hash}`],
  ];
  it.each(byEvent)("RPC_TRANSACTION_DROPPED if %s", async (_, change, reason) => {
    const node = new FakeNode();
    const listeners = [node.chain.listenerCount, node.pool.listenerCount];
    const answer = send(node);
    await turn();
    change(node);
    expect((await answer).error).toEqual({
      code: -32000,
      message: `the transaction has left the mempool without being included: ${reason}`,
      data: hash,
    });
    expect([node.chain.listenerCount, node.pool.listenerCount]).toEqual(listeners);
  });

  it("returns the receipt of a transaction that the mempool drops because a block includes it", async () => {
    const node = new FakeNode();
    const answer = send(node);
    await turn();
    node.pool.drop(hash, "ACCEPTED");
    const block = node.chain.add({ transactions: [{ signed }] });
    expect((await answer).result).toMatchObject({ blockHash: block.hash });
  });

  it("keeps waiting if the mempool takes the transaction back at once", async () => {
    const node = new FakeNode();
    const answer = send(node);
    await turn();
    node.pool.drop(hash, "ACCEPTED");
    node.pool.add(signed);
    expect(await isOpen(answer)).toBe(true);
  });

  it("RPC_OVERLOADED: waiting calls are limited per address and in total, before they submit", async () => {
    const node = new FakeNode({ limits: { callsWaitingMax: 2, clientCallsWaitingMax: 1 } });
    const [first, second, third] = [0n, 1n, 2n].map((nonce) => testTransaction({ nonce }));
    const open = send(node, { address: "a" }, undefined, first);
    expect((await send(node, { address: "a" }, undefined, second)).error?.code).toBe(-32005);
    const other = send(node, { address: "b" }, undefined, second);
    expect((await send(node, { address: "c" }, undefined, third)).error?.code).toBe(-32005);
    expect(node.pool.get(third!.transaction.hash)).toBeUndefined();
    node.chain.add({ transactions: [first!, second!].map((each) => ({ signed: each })) });
    expect((await open).error ?? (await other).error).toBeUndefined();
    expect(await isOpen(send(node, { address: "c" }, undefined, third))).toBe(true);
  });

  it("RPC_LIMIT_EXCEEDED in a batch of over 64 KiB, which would stay in memory", async () => {
    const node = new FakeNode();
    const params = [bytesToHex(signed.transaction.encoded), 1];
    const call = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_sendRawTransactionSync", params });
    const large = (await node.send(`[${call}]${" ".repeat(64 * 1024)}`)) as JsonRpcAnswer[];
    expect(large[0]!.error).toEqual({
      code: -32005,
      message: "waiting calls in a batch of over 65536 bytes",
    });
    expect(node.pool.get(hash)).toBeUndefined();
    const small = node.send(`[${call}]`) as Promise<JsonRpcAnswer[]>;
    expect(await isOpen(small)).toBe(true);
    node.chain.add({ transactions: [{ signed }] });
    expect((await small)[0]).toMatchObject({ result: { status: "0x1" } });
  });

  it("stops waiting when the client leaves", async () => {
    const node = new FakeNode();
    const before = node.chain.listenerCount;
    const connection = new Connection();
    const answer = send(node, { connection });
    await turn();
    connection.end();
    expect((await answer).error?.message).toBe("the client has closed the connection");
    expect(node.chain.listenerCount).toBe(before);
  });

  it("returns the pool's refusal", async () => {
    const node = new FakeNode();
    expect((await send(node, {}, "0x01zz")).error?.code).toBe(-32602);
    const wrong = { jsonrpc: "2.0", id: 1, method: "eth_sendRawTransactionSync", params: ["0x00"] };
    const { error } = (await node.send(JSON.stringify(wrong))) as JsonRpcAnswer;
    expect(error).toEqual((await node.call("eth_sendRawTransaction", "0x00")).error);
  });
});
