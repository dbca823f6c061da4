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
  from: POOL,
  to: POOL,
  data: "0x",
  gasLimit: 1n,
  codes: new Map(),
  context: { number: 1, timeSeconds: 1 },
};
const noQuorum = (reason: string) =>
  expect.objectContaining({ code: "QUORUM_NOT_REACHED", facts: expect.objectContaining({ reason }) });
const gone = () => Promise.reject(clientErrors.NODE_UNREACHABLE({ node: "gone" }));

const logOf = (data: Hex): ChainLog => ({
  address: POOL,
  topics: [HASH],
  data,
  transactionHash: HASH,
  logIndex: 0,
  block: { height: 1, hash: HASH },
});
const account = (slot: bigint): AccountState => ({ nonce: 1n, balance: 2n, codeHash: HASH, slots: [slot] });

const node = (name: string, slot: bigint): StateClient => ({
  name,
  account: async () => account(slot),
  code: async () => `0x0${slot}`,
  blockHash: async () => HASH,
  touched: async () => undefined,
  callOverridden: async () => `0x0${slot}`,
});

describe("logs of a block from several nodes", () => {
  const say = (...data: (Hex | undefined)[]) =>
    createAgreedBlockLogs(
      data.map((said, place) => ({
        name: `node ${place}`,
        blockLogs: said === undefined ? gone : async () => [logOf(said)],
      })),
      2,
    );

  it("are those of a quorum, whichever node lies, omits one or is down", async () => {
    for (const answers of [
      ["0x09", "0x01", "0x01"],
      ["0x01", undefined, "0x01"],
    ] as const)
      expect(await say(...answers)({ height: 1, hash: HASH })).toEqual([logOf("0x01")]);
  });

  it("QUORUM_NOT_REACHED, QUORUM_INVALID", async () => {
    const block = { height: 1, hash: HASH };
    await expect(say("0x01", "0x02", "0x03")(block)).rejects.toEqual(noQuorum("answers differ"));
    await expect(say("0x01", undefined, undefined)(block)).rejects.toEqual(noQuorum("too few answers"));
    expect(() => createAgreedBlockLogs([], 1)).toThrow(expect.objectContaining({ code: "QUORUM_INVALID" }));
  });
});

describe("states from several nodes", () => {
  it("are those of a quorum, while the first node lies", async () => {
    const states = createAgreedStateClient([node("a", 9n), node("b", 1n), node("c", 1n)], 2);
    expect(states.name).toBe("a & b & c");
    expect(await states.account(POOL, [HASH], HASH)).toEqual(account(1n));
    expect(await states.code(POOL, HASH)).toBe("0x01");
    expect(await states.blockHash(1)).toBe(HASH);
    expect(await states.callOverridden(CALL, HASH)).toBe("0x01");
  });

  it("QUORUM_NOT_REACHED, QUORUM_INVALID", async () => {
    const states = createAgreedStateClient([node("a", 9n), node("b", 1n)], 2);
    await expect(states.account(POOL, [HASH], HASH)).rejects.toEqual(noQuorum("answers differ"));
    const few = createAgreedStateClient([{ ...node("a", 1n), account: gone }, node("b", 1n)], 2);
    await expect(few.account(POOL, [HASH], HASH)).rejects.toEqual(noQuorum("too few answers"));
    expect(() => createAgreedStateClient([node("a", 1n), node("b", 1n)], 1)).toThrow(
      expect.objectContaining({ code: "QUORUM_INVALID" }),
    );
  });

  it("the access list of a message is a hint from the first node that answers, and empty if none does", async () => {
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
