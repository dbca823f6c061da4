import { type Hash, ZERO_HASH } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { prevRandaoOf } from "../store/prevRandaoOf.ts";
import { chainTimestamp, type ExecutionHeader } from "./blockContext.ts";

const header: ExecutionHeader = {
  parents: [`0x${"11".repeat(32)}`, `0x${"22".repeat(32)}`],
  timestampMs: 1_735_689_601_234,
  number: 7,
  baseFee: 8n,
  miner: `0x${"33".repeat(20)}`,
  stream: 0,
  finalized: `0x${"44".repeat(32)}`,
  extra: new Uint8Array(0),
};

it("TIMESTAMP is in seconds and never below the selected parent's [EXEC-12]", () => {
  expect(chainTimestamp(2_999, 1)).toBe(2);
  expect(chainTimestamp(2_000, 2)).toBe(2);
  expect(chainTimestamp(1_999, 5)).toBe(5);
});

describe("PREVRANDAO [EXEC-12]", () => {
  it("never changes", () => {
    expect(prevRandaoOf(header)).toBe("0x0c48f56f2aeae1d56cd683048c10a7787f93267caf90cf4ab582a3f6d8d752d6");
  });

  it("changes with the final block, each parent, the miner and the time, and with nothing else", () => {
    const other: Hash = `0x${"99".repeat(32)}`;
    const changed: Partial<ExecutionHeader>[] = [
      { finalized: other },
      { parents: [header.parents[0]!, other] },
      { parents: [header.parents[0]!] },
      { miner: `0x${"34".repeat(20)}` },
      { timestampMs: header.timestampMs + 1 },
    ];
    const values = changed.map((change) => prevRandaoOf({ ...header, ...change }));
    expect(new Set([prevRandaoOf(header), ...values]).size).toBe(6);
    const same = { number: 8, baseFee: 9n, stream: 1, stateRoot: ZERO_HASH };
    expect(prevRandaoOf({ ...header, ...same })).toBe(prevRandaoOf(header));
  });
});
