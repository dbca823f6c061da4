import type { Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import type { OwnRecord, SigningWatermark } from "../slashingProtection/SigningWatermark.ts";
import { signingPositionOf } from "./FutureMessages.ts";
import { messageOf, resumptionAt } from "./resumption.ts";

const value: Hash = `0x${"11".repeat(32)}`;
const own = { signature: new Uint8Array(96), memory: {}, proof: undefined } as unknown as OwnRecord;
const lastAt = (height: number, known: OwnRecord | undefined) =>
  ({ height, round: 2, step: "prevote", value, own: known }) as SigningWatermark;

it("FINAL-14: a validator votes at a height above its last vote, or where it knows its votes", () => {
  expect(resumptionAt(5, undefined)).toEqual({ mayVote: true, own: undefined });
  expect(resumptionAt(5, lastAt(4, own))).toEqual({ mayVote: true, own: undefined });
  expect(resumptionAt(5, lastAt(4, undefined))).toEqual({ mayVote: true, own: undefined });
  expect(resumptionAt(5, lastAt(5, own))).toEqual({ mayVote: true, own });
});

it("FINAL-14: it does not vote where it no longer knows what binds it, nor below its votes", () => {
  expect(resumptionAt(5, lastAt(5, undefined))).toEqual({ mayVote: false, own: undefined });
  expect(resumptionAt(5, lastAt(6, own))).toEqual({ mayVote: false, own: undefined });
  expect(resumptionAt(5, lastAt(6, undefined))).toEqual({ mayVote: false, own: undefined });
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
