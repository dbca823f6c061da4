import type { Certificate, Hash } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { lastCheckpoint } from "./lastCheckpoint.ts";

const hashOf = (name: string): Hash => `0x${Buffer.from(name).toString("hex").padStart(64, "0")}`;
const record = { height: 3, hash: hashOf("3"), epoch: 2 };

const certificate = (height: number, epoch: number, name = `${height}`): Certificate => ({
  epoch,
  height,
  round: 0,
  step: "precommit",
  value: hashOf(name),
  signers: Uint8Array.of(1),
  signature: new Uint8Array(96),
});

function checkpointAfter(
  certificates: readonly Certificate[],
  {
    unknown = [],
    beside = [],
    anchors = {},
  }: { unknown?: string[]; beside?: string[]; anchors?: Record<string, number> } = {},
  from = record,
) {
  return lastCheckpoint(from, certificates, (hash) => {
    const is = (name: string) => hashOf(name) === hash;
    if (unknown.some(is)) return undefined;
    const anchorEpoch = Object.entries(anchors).find(([name]) => is(name))?.[1] ?? 0;
    return { anchorEpoch, descendsFrom: () => !beside.some(is) };
  });
}

describe("SHARD-16: last checkpoint of a shard", () => {
  it("is the record without certificates, and the newest certified block above it", () => {
    expect(checkpointAfter([])).toBe(record);
    expect(checkpointAfter([certificate(2, 2), certificate(3, 2)])).toBe(record);
    expect(checkpointAfter([certificate(4, 2), certificate(6, 2)])).toEqual({
      height: 6,
      hash: hashOf("6"),
      epoch: 2,
    });
  });

  it("SHARD-15.2: the later of the certificate's and the anchor's epoch votes next", () => {
    const chain = [certificate(4, 2), certificate(5, 3), certificate(6, 3)];
    expect(checkpointAfter(chain, { anchors: { 4: 3 } })).toMatchObject({ height: 6, epoch: 3 });
    expect(checkpointAfter(chain, { anchors: { 4: 1 } })).toMatchObject({ height: 4, epoch: 2 });
    // Only within an epoch can heights be skipped.
    expect(checkpointAfter(chain.slice(1))).toBe(record);
  });

  it("SHARD-15.3: certificates of a set that votes no more are void", () => {
    const replaced = { ...record, epoch: 3 };
    const old = [certificate(4, 2), certificate(5, 2)];
    expect(checkpointAfter(old, {}, replaced)).toBe(replaced);
    expect(checkpointAfter([certificate(4, 3, "4b"), old[1]!], {}, replaced)).toMatchObject({
      height: 4,
      hash: hashOf("4b"),
    });
  });

  it("the record counts against a certificate off its chain", () => {
    expect(checkpointAfter([certificate(4, 2)], { beside: ["4"] })).toBe(record);
  });

  it("ends below a block that is not stored, whose anchor is unknown", () => {
    const chain = [certificate(4, 2), certificate(5, 2), certificate(6, 2)];
    expect(checkpointAfter(chain, { unknown: ["5"] })).toMatchObject({ height: 4 });
  });
});
