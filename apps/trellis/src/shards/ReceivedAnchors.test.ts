import type { Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import type { AnchorQuestion, SentAnchor, SentVoters } from "./messages.ts";
import { ReceivedAnchors } from "./ReceivedAnchors.ts";

const hashOf = (number: number): Hash => `0x${number.toString(16).padStart(64, "0")}`;

function sent(number: number, epoch = 0): SentAnchor {
  const hash = hashOf(number);
  const record = { height: number, number, hash, stateRoot: hash, epoch };
  return { anchor: { hash, number, epoch }, state: { values: undefined, records: [record] } };
}

const voters = (epoch: number): SentVoters => ({
  epoch,
  voters: [
    { address: "0x0000000000000000000000000000000000000001", publicKey: new Uint8Array(48), power: 1n },
  ],
});

/** The main thread knows blocks 1 to 9. */
function open() {
  const asked: AnchorQuestion[] = [];
  const anchors = new ReceivedAnchors(sent(5), (question) => {
    asked.push(question);
    if ("epoch" in question) return voters(question.epoch);
    const number = "number" in question ? question.number : Number(BigInt(question.hash));
    return number < 10 ? sent(number) : undefined;
  });
  return { anchors, asked };
}

it("SHARD-14.2: knows what is sent, and asks once for older blocks", () => {
  const { anchors, asked } = open();
  expect(anchors.newest()).toEqual(sent(5).anchor);
  expect(anchors.at(6)).toBeUndefined();
  expect(anchors.stateOf(hashOf(5))).toEqual(sent(5).state);
  expect(asked).toEqual([]);
  expect(anchors.at(3)).toEqual(sent(3).anchor);
  expect(anchors.stateOf(hashOf(3))).toEqual(sent(3).state);
  expect(anchors.stateOf(hashOf(12))).toBeUndefined();
  expect(asked).toEqual([{ number: 3 }, { hash: hashOf(12) }]);
  anchors.take([sent(6), sent(7)], undefined);
  expect(anchors.newest().number).toBe(7);
  expect(anchors.at(6)).toEqual(sent(6).anchor);
  expect(asked).toHaveLength(2);
});

it("SHARD-16: has the sets of past epochs, not of later ones", () => {
  const { anchors, asked } = open();
  expect(anchors.votersOf(1)).toBeUndefined();
  anchors.take([sent(8, 1)], voters(1));
  expect(anchors.votersOf(1)).toHaveLength(1);
  expect(asked).toEqual([]);
  expect(anchors.votersOf(0)).toHaveLength(1);
  anchors.votersOf(0);
  expect(asked).toEqual([{ epoch: 0 }]);
});
