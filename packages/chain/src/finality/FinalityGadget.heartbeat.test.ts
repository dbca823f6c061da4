import type { Hash, Heartbeat } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { DOMAIN } from "./testing/GadgetNetwork.ts";
import { heartbeatOf, LISTEN_MS, LoneGadget, TIMES, voteOf } from "./testing/LoneGadget.ts";
import { ValidatorSet } from "./validatorSets/ValidatorSet.ts";

const OTHER: Hash = `0x${"0b".repeat(32)}`;

describe("heartbeat [FINAL-23]", () => {
  const hear = (node: LoneGadget, validator: number, change: Partial<Heartbeat> = {}) =>
    node.refusal((gadget) => gadget.receiveHeartbeat(heartbeatOf(validator, node.time.nowMs(), change))).code;

  it("is sent once per slot, only by an observing validator", async () => {
    const node = new LoneGadget(0);
    node.areOthersThere = false;
    await node.pass(10 * TIMES.repeatMs);
    expect(node.heartbeats).toHaveLength(10);
    for (const heartbeat of node.heartbeats) node.sets[0]!.verifyHeartbeat(heartbeat);
    expect(new Set(node.heartbeats.map(({ message }) => message.slot)).size).toBe(10);
    node.areOthersThere = true;
    await node.pass(2 * LISTEN_MS);
    const before = node.heartbeats.length;
    await node.pass(10 * TIMES.repeatMs);
    expect(node.heartbeats).toHaveLength(before);
    const watching = new LoneGadget();
    const stranger = new LoneGadget(7);
    for (const other of [watching, stranger]) {
      await other.pass(10 * TIMES.repeatMs);
      expect(other.heartbeats).toEqual([]);
    }
  });

  it("is answered with the observer's last vote at this height", async () => {
    const node = new LoneGadget(0);
    node.hears(...(["prevote", "precommit"] as const).map((step) => voteOf(1, { step })));
    node.hears(voteOf(1, { round: 2, step: "prevote", value: OTHER }));
    await node.pass(2 * LISTEN_MS);
    node.said.length = 0;
    expect(hear(node, 1)).toBeUndefined();
    expect(node.votes.map(({ message }) => [message.validator, message.round])).toEqual([[1, 2]]);
    node.said.length = 0;
    expect(hear(node, 2)).toBeUndefined();
    expect(node.votes).toEqual([]);
  });

  it("VOTE_KNOWN: one per slot and validator; VOTE_UNTIMELY, VOTE_HEIGHT_AHEAD, VOTE_INVALID: sender is not a validator of the epoch", async () => {
    const node = new LoneGadget();
    await node.pass(10 * TIMES.repeatMs);
    expect(hear(node, 1)).toBeUndefined();
    expect(hear(node, 1)).toBe("VOTE_KNOWN");
    expect(hear(node, 1, { slot: 3 })).toBe("VOTE_KNOWN");
    expect(hear(node, 2)).toBeUndefined();
    expect(hear(node, 2, { height: 0, epoch: 0 })).toBe("VOTE_UNTIMELY: height is already final");
    expect(hear(node, 2, { height: 9, epoch: 2 })).toBe("VOTE_HEIGHT_AHEAD");
    expect(hear(node, 5)).toBe("VOTE_INVALID: sender is not a validator of the epoch");
    expect(hear(node, 3, { height: 3 })).toBeUndefined();
    expect(node.requestedHeights).toEqual([1]);
  });

  it("VOTE_UNTIMELY: heartbeat not current: an old or a future heartbeat proves nothing", async () => {
    const node = new LoneGadget();
    await node.pass(1_000_000);
    const now = Math.floor(node.time.nowMs() / TIMES.repeatMs);
    const slots = Math.ceil(60_000 / TIMES.repeatMs);
    expect(hear(node, 1, { slot: now - slots - 1 })).toBe("VOTE_UNTIMELY: heartbeat not current");
    expect(hear(node, 1, { slot: now + slots + 1 })).toBe("VOTE_UNTIMELY: heartbeat not current");
    expect(hear(node, 1, { slot: now - slots })).toBeUndefined();
    expect(hear(node, 1, { slot: now + slots })).toBeUndefined();
  });

  it("VOTE_INVALID: signature is not the validator's: any changed field, sender or network", () => {
    const node = new LoneGadget();
    const heartbeat = heartbeatOf(1, 0);
    for (const change of [{ slot: 1 }, { height: 2 }, { validator: 2 }]) {
      const forged = { ...heartbeat, message: { ...heartbeat.message, ...change } };
      expect(node.refusal((gadget) => gadget.receiveHeartbeat(forged)).code).toBe(
        "VOTE_INVALID: signature is not the validator's",
      );
    }
    const elsewhere = new ValidatorSet({ ...DOMAIN, genesisHash: OTHER }, 0, node.sets[0]!.validators);
    expect(() => elsewhere.verifyHeartbeat(heartbeat)).toThrow(/signature/);
  });
});
