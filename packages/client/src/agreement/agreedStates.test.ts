import type { Hex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { clientErrors } from "../errors.ts";
import type { ChainLog } from "../evm/ChainClient.ts";
import type { AccountState, OverriddenCall, StateClient } from "../state/StateClient.ts";
import { createAgreedBlockLogs } from "./createAgreedBlockLogs.ts";
import { createAgreedStateClient } from "./createAgreedStateClient.ts";

const POOL: Hex = `0x${"a1".repeat(20)}`;
const HASH: Hex = `0x${"b2".repeat(32)}`;
const CALL: OverriddenCall = {
  ...{ from: POOL, to: POOL, data: "0x", gasLimit: 1n, codes: new Map() },
  context: { number: 1, timeSeconds: 1 },
};
const refused = (code: string) => expect.objectContaining({ code });
const gone = () => Promise.reject(clientErrors.NODE_UNREACHABLE({ node: "gone" }));

const logOf = (data: Hex): ChainLog => ({
  ...{ address: POOL, topics: [HASH], data, transactionHash: HASH, logIndex: 0 },
  block: { height: 1, hash: HASH },
});
const account = (slot: bigint): AccountState => ({ nonce: 1n, balance: 2n, codeHash: HASH, slots: [slot] });

/** A node that says this of a slot, of calls and of a block's hash. */
const node = (name: string, slot: bigint): StateClient => ({
  name,
  account: async () => account(slot),
  code: async () => `0x0${slot}`,
  blockHash: async () => HASH,
  touched: async () => undefined,
  callOverridden: async () => `0x0${slot}`,
});

describe("logs of a block by several nodes", () => {
  const say = (...data: (Hex | undefined)[]) =>
    createAgreedBlockLogs(
      data.map((said, place) => ({
        name: `node ${place}`,
        blockLogs: said === undefined ? gone : async () => [logOf(said)],
      })),
      2,
    );

  it("are those that enough of them say, whichever lies, leaves one out or is gone", async () => {
    for (const answers of [
      ["0x09", "0x01", "0x01"],
      ["0x01", undefined, "0x01"],
    ] as const)
      expect(await say(...answers)({ height: 1, hash: HASH })).toEqual([logOf("0x01")]);
  });

  it("NODES_DISAGREE, NODES_TOO_FEW, QUORUM_INVALID", async () => {
    const block = { height: 1, hash: HASH };
    await expect(say("0x01", "0x02", "0x03")(block)).rejects.toEqual(refused("NODES_DISAGREE"));
    await expect(say("0x01", undefined, undefined)(block)).rejects.toEqual(refused("NODES_TOO_FEW"));
    expect(() => createAgreedBlockLogs([], 1)).toThrow(refused("QUORUM_INVALID"));
  });
});

describe("states by several nodes", () => {
  it("are what enough of them say, the first of them lying", async () => {
    const states = createAgreedStateClient([node("a", 9n), node("b", 1n), node("c", 1n)], 2);
    expect(states.name).toBe("a & b & c");
    expect(await states.account(POOL, [HASH], HASH)).toEqual(account(1n));
    expect(await states.code(POOL, HASH)).toBe("0x01");
    expect(await states.blockHash(1)).toBe(HASH);
    expect(await states.callOverridden(CALL, HASH)).toBe("0x01");
  });

  it("NODES_DISAGREE, NODES_TOO_FEW, QUORUM_INVALID", async () => {
    const states = createAgreedStateClient([node("a", 9n), node("b", 1n)], 2);
    await expect(states.account(POOL, [HASH], HASH)).rejects.toEqual(refused("NODES_DISAGREE"));
    const few = createAgreedStateClient([{ ...node("a", 1n), account: gone }, node("b", 1n)], 2);
    await expect(few.account(POOL, [HASH], HASH)).rejects.toEqual(refused("NODES_TOO_FEW"));
    expect(() => createAgreedStateClient([node("a", 1n), node("b", 1n)], 1)).toThrow(
      refused("QUORUM_INVALID"),
    );
  });

  it("what a message touches is a hint of whichever tells first, and nothing where none does", async () => {
    const touched = [{ address: POOL, slots: [HASH] }];
    const telling = { ...node("b", 1n), touched: async () => touched };
    const silent = { ...node("c", 1n), touched: () => new Promise<undefined>(() => {}) };
    const states = (...clients: StateClient[]) => createAgreedStateClient(clients, 2);
    expect(await states({ ...node("a", 1n), touched: gone }, telling, silent).touched(CALL, HASH)).toEqual(
      touched,
    );
    expect(await states({ ...node("a", 1n), touched: gone }, node("b", 1n)).touched(CALL, HASH)).toBe(
      undefined,
    );
  });
});
