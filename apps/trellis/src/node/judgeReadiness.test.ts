import type { FinalityStatus, Hash, PeerClaim } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { judgeFinality, judgeHead, judgeValidator, type ReadinessFacts } from "./judgeReadiness.ts";

const NOW_MS = 1_000_000;
const STALE_MS = 60_000;
const OWN_NUMBER = 80;
const hashOf = (number: number, chain = "a"): Hash => `0x${chain}${String(number).padStart(63, "0")}`;

const peer = (blueWork: bigint, final = OWN_NUMBER, hash = hashOf(final)): PeerClaim => ({
  sink: { number: 100, blueWork },
  finalized: { number: final, hash },
});
const SAME = peer(1_000n);
const AHEAD = peer(1_001n);

function factsOf({
  ageMs = 0,
  claims = [],
  finality = {},
  ...changed
}: Partial<Omit<ReadinessFacts, "finality">> & {
  readonly ageMs?: number;
  readonly finality?: Partial<FinalityStatus>;
}): ReadinessFacts {
  return {
    nowMs: NOW_MS,
    head: { number: 100, blueWork: 1_000n, timestampMs: NOW_MS - ageMs },
    staleMs: STALE_MS,
    claims,
    hashByNumber: (number) => hashOf(number),
    finality: {
      epoch: 1,
      validators: [
        { index: 0, address: "0x00", publicKey: new Uint8Array(48), power: 1n, signed: 0, missed: 0 },
      ],
      self: undefined,
      finalized: { height: 7, hash: hashOf(OWN_NUMBER), number: OWN_NUMBER },
      vote: undefined,
      lagBlocks: 20,
      lagMs: 0,
      isFinalizing: true,
      ...finality,
    },
    ...changed,
  };
}

describe("head", () => {
  it("a recent head is ready, even if peers are ahead", () => {
    expect(judgeHead(factsOf({ ageMs: STALE_MS, claims: [AHEAD, AHEAD] }))).toBeUndefined();
  });

  it("a node that has not begun to sync is not ready", () => {
    const far = (number: number): PeerClaim => ({ ...AHEAD, sink: { number, blueWork: 2_000n } });
    const reason = "at block 100, at least 32 behind 1 of 2 peers";
    expect(judgeHead(factsOf({ claims: [SAME, far(132)] }))).toBe(reason);
    expect(judgeHead(factsOf({ claims: [SAME, far(132)], staleMs: undefined }))).toBe(reason);
    expect(judgeHead(factsOf({ claims: [SAME, far(131)] }))).toBeUndefined();
    expect(judgeHead(factsOf({ claims: [SAME, SAME, far(132)] }))).toBeUndefined();
  });

  it("a stale head is not ready if at least half of the peers have newer blocks", () => {
    const ageMs = STALE_MS + 1;
    const reason = "block 100 is 60 s old, and 1 of 2 peers have newer blocks";
    expect(judgeHead(factsOf({ ageMs, claims: [SAME, AHEAD] }))).toBe(reason);
    expect(judgeHead(factsOf({ ageMs, claims: [SAME, SAME, AHEAD] }))).toBeTypeOf("object");
    expect(judgeHead(factsOf({ ageMs, claims: [SAME, AHEAD, AHEAD] }))).toBeTypeOf("string");
    const syncing = peer(10n, 0);
    expect(judgeHead(factsOf({ ageMs, claims: [syncing, syncing, AHEAD] }))).toContain("1 of 1 peers");
  });

  it("in a network-wide stall, a stale head is a warning", () => {
    const warning = "block 100 is 61 s old: the network produces no blocks";
    const ageMs = STALE_MS + 1_000;
    for (const claims of [[], [SAME, peer(999n)]]) {
      expect(judgeHead(factsOf({ ageMs, claims }))).toEqual({ warning });
    }
  });

  it("is never stale where blocks are made on demand", () => {
    expect(judgeHead(factsOf({ ageMs: 1e9, staleMs: undefined }))).toBeUndefined();
  });
});

describe("finality", () => {
  const stopped = { isFinalizing: false, lagMs: 30_001 };
  const further = peer(1_000n, OWN_NUMBER + 1);

  it("a node that finalizes is ready", () => {
    expect(judgeFinality(factsOf({ claims: [further, further] }))).toBeUndefined();
  });

  it("outside the finality quorum: the node finalizes nothing, and its peers do", () => {
    const reason = "outside the finality quorum: 1 of 2 peers have finalized blocks after 80";
    expect(judgeFinality(factsOf({ finality: stopped, claims: [SAME, further] }))).toBe(reason);
    expect(judgeFinality(factsOf({ finality: stopped, claims: [SAME, SAME, further] }))).toBeTypeOf("object");
    const late = { isFinalizing: false, lagMs: 30_000 };
    expect(judgeFinality(factsOf({ finality: late, claims: [further] }))).toBeTypeOf("object");
    const syncing = peer(10n, 0);
    expect(judgeFinality(factsOf({ finality: stopped, claims: [syncing, syncing, further] }))).toContain(
      "1 of 1",
    );
  });

  it("in a network-wide stall, missing finality is a warning", () => {
    const warning = "validators have finalized nothing since checkpoint 7, 20 blocks behind";
    for (const claims of [[], [SAME, peer(2_000n, OWN_NUMBER - 1)]]) {
      expect(judgeFinality(factsOf({ finality: stopped, claims }))).toEqual({ warning });
    }
  });

  it("a node whose peers have finalized another chain is not ready, even if it finalizes", () => {
    const other = peer(1_000n, OWN_NUMBER, hashOf(OWN_NUMBER, "b"));
    const reason = "outside the finality quorum: 1 of 1 peers have finalized another chain";
    expect(judgeFinality(factsOf({ claims: [other] }))).toBe(reason);
    expect(judgeFinality(factsOf({ claims: [other, SAME, SAME] }))).toBeUndefined();
    // A pruned block, and one after this node's final block, prove nothing.
    expect(judgeFinality(factsOf({ claims: [other], hashByNumber: () => undefined }))).toBeUndefined();
    const later = peer(1_000n, OWN_NUMBER + 1, hashOf(OWN_NUMBER + 1, "b"));
    expect(judgeFinality(factsOf({ claims: [later] }))).toBeUndefined();
  });

  it("without validators, proof of work finalizes", () => {
    expect(judgeFinality(factsOf({ finality: { validators: [] } }))).toBeUndefined();
  });

  it("a shard whose validators are unknown finalizes nothing", () => {
    const finality = { ...stopped, validators: [] };
    expect(judgeFinality(factsOf({ finality }))).toMatchObject({
      warning: expect.stringContaining("nothing"),
    });
  });
});

describe("validator", () => {
  const waiting = { self: 0, signing: "listening", listeningFor: "others" } as const;
  const reason = "the validator does not sign yet: too few other validators are observed";

  it("does not sign while the others finalize: not ready", () => {
    expect(judgeValidator(factsOf({ finality: waiting }))).toBe(reason);
    const further = peer(1_000n, OWN_NUMBER + 1);
    const finality = { ...waiting, isFinalizing: false, lagMs: 30_001 };
    expect(judgeValidator(factsOf({ finality, claims: [further] }))).toBe(reason);
  });

  it("waits for the others while nobody finalizes: a warning", () => {
    const finality = { ...waiting, isFinalizing: false };
    expect(judgeValidator(factsOf({ finality, claims: [SAME] }))).toEqual({ warning: reason });
  });

  it("observes after a start: not ready, so that a rolling update waits", () => {
    const finality = { ...waiting, listeningFor: "time" } as const;
    expect(judgeValidator(factsOf({ finality }))).toContain("it observes the network first");
  });

  it("signs, or has no key: ready", () => {
    expect(judgeValidator(factsOf({ finality: { self: 0, signing: "signing" } }))).toBeUndefined();
    expect(judgeValidator(factsOf({}))).toBeUndefined();
  });
});
