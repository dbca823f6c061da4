import type { Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import type { OwnRecord, SigningWatermark } from "../slashingProtection/SigningWatermark.ts";
import { signingPositionOf } from "./FutureMessages.ts";
import { messageOf, resumptionAt } from "./resumption.ts";

const value: Hash = `0x${"11".repeat(32)}`;
const memory = { round: 2, step: "prevote", lockedRound: 2, lockedValue: value, hasProposed: true };
const own = { signature: new Uint8Array(96), memory, proof: undefined } as unknown as OwnRecord;
const lastAt = (height: number, known: OwnRecord | undefined) =>
  ({ height, round: 2, step: "prevote", value, own: known }) as SigningWatermark;
const signer = (last: SigningWatermark | undefined, isOutdated = false, first = 0) => ({
  last,
  isOutdated,
  firstRound: (height: number) => (height <= 9 ? first : 0),
});
const may = (mayVote: boolean, known?: OwnRecord) => ({ mayVote, own: known, memory: known?.memory });

it("FINAL-14: a validator votes at a height above its last vote, or where it knows its votes", () => {
  expect(resumptionAt(5, signer(undefined))).toEqual(may(true));
  expect(resumptionAt(5, signer(lastAt(4, own)))).toEqual(may(true));
  expect(resumptionAt(5, signer(lastAt(4, undefined)))).toEqual(may(true));
  expect(resumptionAt(5, signer(lastAt(5, own)))).toEqual(may(true, own));
});

it("FINAL-14: it does not vote where it no longer knows what binds it, nor below its votes", () => {
  expect(resumptionAt(5, signer(lastAt(5, undefined)))).toEqual(may(false));
  expect(resumptionAt(5, signer(lastAt(6, own)))).toEqual(may(false));
  expect(resumptionAt(5, signer(lastAt(6, undefined)))).toEqual(may(false));
});

it("SHARD-16.1: in another shard, ballots are ordered by epoch, then height", () => {
  const last = (epoch: number, height: number) => signer({ ...lastAt(height, own), epoch });
  expect(resumptionAt(5, last(2, 7), 3)).toEqual(may(true));
  expect(resumptionAt(7, last(2, 7), 3)).toEqual(may(true));
  expect(resumptionAt(7, last(3, 7), 3)).toEqual(may(true, own));
  expect(resumptionAt(5, last(3, 7), 3)).toEqual(may(false));
  expect(resumptionAt(8, last(4, 7), 3)).toEqual(may(false));
});

it("FINAL-28: an outdated log does not vote", () => {
  expect(resumptionAt(5, signer(lastAt(4, own), true)).mayVote).toBe(false);
  expect(resumptionAt(5, signer(undefined, true)).mayVote).toBe(false);
});

it("FINAL-28.2: it resumes in the first round, with its locks", () => {
  const begun = { round: 700, step: "propose", hasProposed: false };
  const unlocked = { lockedRound: -1, lockedValue: undefined, validRound: -1, validValue: undefined };
  expect(resumptionAt(5, signer(lastAt(5, own), false, 700))).toEqual({
    mayVote: true,
    own,
    memory: { ...memory, ...begun },
  });
  for (const last of [undefined, lastAt(4, own), lastAt(5, undefined)])
    expect(resumptionAt(5, signer(last, false, 700))).toEqual({
      mayVote: true,
      own: undefined,
      memory: { ...unlocked, ...begun },
    });
  expect(resumptionAt(10, signer(lastAt(9, own), false, 700)).memory).toBeUndefined();
});

it("FINAL-12: a message has the position of the signed step", () => {
  const sender = { epoch: 1, validator: 3 };
  for (const step of ["prevote", "precommit"] as const) {
    const message = messageOf({ ...lastAt(5, own), step }, own, sender);
    expect(signingPositionOf(message)).toMatchObject({ height: 5, round: 2, step, value, validator: 3 });
  }
  const proposal = messageOf({ ...lastAt(5, own), step: "propose" }, own, sender);
  expect(signingPositionOf(proposal)).toMatchObject({
    height: 5,
    round: 2,
    step: "propose",
    value,
    validator: 3,
  });
});
