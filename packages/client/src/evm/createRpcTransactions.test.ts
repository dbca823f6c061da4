import type { Hex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { createAgreedTransactions } from "../agreement/createAgreedTransactions.ts";
import { type Answers, fakeRequest, NodeError } from "../testing/FakeEndpoint.ts";
import { createRpcTransactions } from "./createRpcTransactions.ts";

const HASH: Hex = `0x${"ab".repeat(32)}`;
const [A, B, C]: Hex[] = ["a1", "b2", "c3"].map((byte): Hex => `0x${byte.repeat(20)}`);
const call = (from?: Hex, to?: Hex, value?: string, more: object = {}) => ({
  type: "CALL",
  from,
  to,
  ...(value !== undefined && { value }),
  ...more,
});

function readerOf(answers: Answers, name = "a") {
  return createRpcTransactions(name, 7331, fakeRequest({ eth_chainId: "0x1ca3", ...answers }));
}

describe("transactions of a node", () => {
  it("returns sender, recipient and value, and nothing for an unknown transaction", async () => {
    const known = { from: A, to: B, nonce: "0x2", value: "0x5" };
    const reader = readerOf({ eth_getTransactionByHash: (hash: Hex) => (hash === HASH ? known : null) });
    expect(await reader.transaction(HASH)).toEqual({ from: A, to: B, nonce: 2, valueWei: 5n });
    expect(await reader.transaction(`0x${"00".repeat(32)}`)).toBeUndefined();
    const creating = readerOf({ eth_getTransactionByHash: { ...known, to: null } });
    expect(await creating.transaction(HASH)).toMatchObject({ to: undefined });
    await expect(readerOf({ eth_getTransactionByHash: {} }).transaction(HASH)).rejects.toMatchObject({
      code: "NODE_UNREACHABLE",
      facts: { reason: "invalid response" },
    });
  });

  it("includes coins moved by internal calls, without failed or duplicate frames", async () => {
    const paid = call(B, C, "0x3", { calls: [call(B, C, "0x3", { type: "DELEGATECALL" }), call(C, A)] });
    const failed = call(B, C, "0x2", { error: "execution reverted", calls: [call(C, A, "0x1")] });
    const trace = call(A, B, "0x5", { calls: [paid, failed] });
    expect(await readerOf({ debug_traceTransaction: trace }).coinMoves(HASH)).toEqual([
      { from: A, to: B, amountWei: 5n },
      { from: B, to: C, amountWei: 3n },
    ]);
    const reverted = { ...trace, error: "execution reverted" };
    expect(await readerOf({ debug_traceTransaction: reverted }).coinMoves(HASH)).toEqual([]);
  });

  it("returns nothing from a node that does not trace; a node that is down fails", async () => {
    const missing = new NodeError(-32_601, "the method debug_traceTransaction does not exist");
    expect(await readerOf({ debug_traceTransaction: missing }).coinMoves(HASH)).toBeUndefined();
    const gone = readerOf({ debug_traceTransaction: new Error("no route") });
    await expect(gone.coinMoves(HASH)).rejects.toThrow("no route");
  });

  it("several nodes answer by quorum", async () => {
    const honest = { eth_getTransactionByHash: { from: A, to: B, nonce: "0x2", value: "0x5" } };
    const lying = { eth_getTransactionByHash: { from: A, to: B, nonce: "0x2", value: "0x6" } };
    const readers = [readerOf(honest, "a"), readerOf(lying, "b"), readerOf(honest, "c")];
    expect(await createAgreedTransactions(readers, 2).transaction(HASH)).toMatchObject({ valueWei: 5n });
    await expect(createAgreedTransactions(readers.slice(0, 2), 2).transaction(HASH)).rejects.toMatchObject({
      code: "QUORUM_NOT_REACHED",
      facts: { reason: "answers differ" },
    });
    expect(() => createAgreedTransactions(readers, 1)).toThrow(
      expect.objectContaining({ code: "QUORUM_INVALID" }),
    );
  });
});
