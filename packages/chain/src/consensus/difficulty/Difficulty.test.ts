import { seededRandom } from "@trellis/kit";
import { compactToTarget, type Hash, targetToCompact, workOfTarget } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { Dag } from "../index.ts";
import { bitsInForce } from "./bitsInForce.ts";
import { Difficulty, verifyTimestamp } from "./Difficulty.ts";
import { medianTimeMs } from "./medianTime.ts";
import { nextTarget, TARGET_MAX } from "./nextTarget.ts";
import type { DifficultyParameters, WindowTable } from "./WindowBlocks.ts";
import { windowDepth } from "./windowDepths.ts";

const EASY_BITS = 0x1f7fffff;

function parametersOf(streams: DifficultyParameters["streams"]): DifficultyParameters {
  return {
    difficultyWindow: { size: 60, sampleRate: 2, sizeMin: 15 },
    medianTimeWindow: { size: 27, sampleRate: 3 },
    streams,
  };
}

const STREAM = {
  targetIntervalMs: 1_000,
  genesisBits: EASY_BITS,
  difficulty: "window",
  workWeight: 1n,
} as const;

class MinedChain {
  readonly #difficulty: Difficulty;
  readonly #dag: Dag;
  readonly #random = seededRandom(3);
  #tip: Hash;
  nowMs = 1_000_000;

  constructor(parameters: DifficultyParameters) {
    const limits = {
      ghostdagK: 18,
      parentsMax: 1,
      mergesetMax: 100,
      mergeDepth: 1e6,
      finalityDepth: 1e6,
      pruningDepth: 1e7,
    };
    this.#dag = new Dag({ limits, streamCount: parameters.streams.length });
    this.#difficulty = new Difficulty(parameters, this.#dag);
    this.#tip = hashOf(0);
    const facts = { hash: this.#tip, timestampMs: this.nowMs, stream: 0, ...this.#difficulty.genesis() };
    this.#dag.insertGenesis({ ...facts, work: this.#difficulty.work(EASY_BITS, 0) });
  }

  mine(count: number, hashesPerSecond: readonly number[]) {
    const found = hashesPerSecond.map(() => 0);
    const startMs = this.nowMs;
    for (let mined = 0; mined < count; mined++) {
      const row = this.#dag.ghostdag([this.#tip]);
      const assessed = hashesPerSecond.map((_, stream) => this.#difficulty.assess(row, stream));
      const waitsMs = hashesPerSecond.map((hashes, stream) => {
        const expected = Number(workOfTarget(compactToTarget(assessed[stream]!.bits)));
        return hashes === 0
          ? Number.POSITIVE_INFINITY
          : (-Math.log(1 - this.#random()) * expected * 1_000) / hashes;
      });
      const stream = waitsMs.indexOf(Math.min(...waitsMs));
      this.nowMs += Math.ceil(waitsMs[stream]!);
      found[stream]!++;
      const { bits, daaCounts, bitsOfStreams } = assessed[stream]!;
      this.#tip = hashOf(this.#dag.size);
      const facts = { hash: this.#tip, timestampMs: this.nowMs, stream, daaCounts, bitsOfStreams };
      this.#dag.insert({ ...facts, work: this.#difficulty.work(bits, stream) }, row);
    }
    return { found, intervalMs: (this.nowMs - startMs) / count };
  }
}

function hashOf(index: number): Hash {
  return `0x${index.toString(16).padStart(64, "0")}`;
}

describe("BLOCK_INVALID: timestamp not after the median time of the past", () => {
  it("a timestamp must be later than the median time of the past [DIFF-7]", () => {
    expect(() => verifyTimestamp(1_001, 1_000)).not.toThrow();
    for (const timestampMs of [1_000, 999]) {
      try {
        verifyTimestamp(timestampMs, 1_000);
        expect.unreachable();
      } catch (error) {
        expect(error).toMatchObject({
          code: "BLOCK_INVALID",
          facts: { reason: "timestamp not after the median time of the past" },
        });
      }
    }
  });
});

describe("median time [DIFF-7]", () => {
  it.each([
    [[5], 5],
    [[1, 2], 2],
    [[4, 1, 1], 2],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 6],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 7],
    [[0, ...Array.from({ length: 11 }, () => 100), Number.MAX_SAFE_INTEGER], 100],
  ])("of %j is %i", (timestamps, median) => {
    expect(medianTimeMs(timestamps)).toBe(median);
  });
});

describe("next target [DIFF-4]", () => {
  const timing = {
    count: 4,
    targetSum: 400n,
    oldestTarget: 100n,
    oldestMs: 0,
    newestMs: 3_000,
    intervalMs: 1_000,
  };
  it.each([
    ["stays at the target rate", {}, 100n],
    ["halves when blocks came twice as fast", { newestMs: 1_500 }, 50n],
    ["doubles when they came half as fast", { newestMs: 6_000 }, 200n],
    ["rounds each division down", { targetSum: 402n, newestMs: 2_999 }, 99n],
    [
      "takes one millisecond at least",
      { newestMs: 0, targetSum: 4n * 10n ** 9n, oldestTarget: 10n ** 9n },
      333_333n,
    ],
    ["is 1 at least", { newestMs: 1, targetSum: 4n, oldestTarget: 1n }, 1n],
    [
      "exceeds 256 bits in between, and is capped",
      { targetSum: 4n * TARGET_MAX, oldestTarget: TARGET_MAX, newestMs: 2 ** 50 },
      TARGET_MAX,
    ],
  ])("%s", (_name, change, target) => {
    expect(nextTarget({ ...timing, ...change })).toBe(target);
  });
});

describe("windows", () => {
  it("reach as far as those of the slowest stream [DIFF-1]", () => {
    expect(windowDepth(parametersOf([STREAM]))).toBe(120);
    expect(windowDepth(parametersOf([STREAM, STREAM, STREAM]))).toBe(360);
    expect(windowDepth(parametersOf([STREAM, { ...STREAM, targetIntervalMs: 4_000 }]))).toBe(600);
  });

  it("a fixed stream stays at its genesis target", () => {
    const chain = new MinedChain(parametersOf([{ ...STREAM, difficulty: "fixed" }]));
    const work = Number(workOfTarget(compactToTarget(EASY_BITS)));
    expect(chain.mine(500, [work * 10]).intervalMs).toBeCloseTo(100, -2);
  });

  it("work is expected hashes times the stream's weight [DIFF-6]", () => {
    const parameters = parametersOf([STREAM, { ...STREAM, workWeight: 1_000n }]);
    const difficulty = new Difficulty(parameters, new Dag({ limits: LIMITS_OF_NONE, streamCount: 2 }));
    expect(difficulty.work(EASY_BITS, 0)).toBe(workOfTarget(compactToTarget(EASY_BITS)));
    expect(difficulty.work(EASY_BITS, 1)).toBe(difficulty.work(EASY_BITS, 0) * 1_000n);
  });
});

const LIMITS_OF_NONE = {
  ghostdagK: 1,
  parentsMax: 1,
  mergesetMax: 2,
  mergeDepth: 2,
  finalityDepth: 2,
  pruningDepth: 9,
};

describe("block rate", () => {
  it("follows the hash rate up and down [DIFF-4]", () => {
    const chain = new MinedChain(parametersOf([STREAM]));
    chain.mine(1_000, [5_000]);
    expect(chain.mine(2_000, [5_000]).intervalMs).toBeCloseTo(1_000, -2);
    chain.mine(1_500, [80_000]);
    expect(chain.mine(2_000, [80_000]).intervalMs).toBeCloseTo(1_000, -2);
    chain.mine(1_000, [8_000]);
    expect(chain.mine(2_000, [8_000]).intervalMs).toBeCloseTo(1_000, -2);
  });

  it("streams keep their shares at any hash rates [DIFF-4]", () => {
    const slow = { ...STREAM, targetIntervalMs: 4_000 };
    const chain = new MinedChain(parametersOf([STREAM, slow]));
    chain.mine(3_000, [2_000, 900_000]);
    const { found, intervalMs } = chain.mine(5_000, [2_000, 900_000]);
    expect(intervalMs).toBeCloseTo(800, -2);
    expect(found[1]! / found[0]!).toBeCloseTo(0.25, 1);
  });

  it("a stream that lost 99 % of its miners returns to its rate [DIFF-5]", () => {
    const chain = new MinedChain(parametersOf([STREAM, STREAM]));
    chain.mine(2_000, [2_000, 2_000_000]);
    chain.mine(8_000, [2_000, 20_000]);
    const { found } = chain.mine(2_000, [2_000, 20_000]);
    expect(found[1]! / 2_000).toBeGreaterThan(0.4);
    expect(chain.mine(6_000, [2_000, 0]).intervalMs).toBeCloseTo(1_000, -2);
    chain.mine(2_000, [2_000, 50_000]);
    expect(chain.mine(2_000, [2_000, 50_000]).found[1]! / 2_000).toBeCloseTo(0.5, 1);
  });
});

describe("bits at the end of an epoch [DIFF-5]", () => {
  const parameters = parametersOf([STREAM, STREAM]);
  const easiest = compactToTarget(EASY_BITS);
  const hard = targetToCompact(easiest / 8n);

  const bitsAt = (blueScore: number, got: number, bits = hard): number[] => {
    const table: Partial<WindowTable> = {
      blueScores: Float64Array.from({ length: 500 }, (_, block) => block),
      selectedParents: Int32Array.from({ length: 500 }, (_, block) => block - 1),
      daaCount: (block) => (block < 239 ? 0 : block === 239 ? 100 : 110),
      bitsOf: (_block, stream) => (stream === 0 ? EASY_BITS : bits),
    };
    const place = { selectedParent: blueScore - 1, mergeset: [], blueScore };
    return bitsInForce(parameters, table as WindowTable, place, [1_000, 100 + got]);
  };

  it("double the target of a stream with less than a quarter of its blocks since the epoch's start", () => {
    expect(bitsAt(480, 29)).toEqual([EASY_BITS, targetToCompact(compactToTarget(hard) * 2n)]);
    expect(bitsAt(480, 30)).toEqual([EASY_BITS, hard]);
  });

  it("stay constant within an epoch", () => {
    expect(bitsAt(479, 0)).toEqual([EASY_BITS, hard]);
    expect(bitsAt(481, 0)).toEqual([EASY_BITS, hard]);
  });

  it("are never easier than genesis, unless they were before", () => {
    expect(bitsAt(480, 0, targetToCompact((easiest * 3n) / 4n))).toEqual([EASY_BITS, EASY_BITS]);
    expect(bitsAt(480, 0, EASY_BITS)).toEqual([EASY_BITS, EASY_BITS]);
    const easier = targetToCompact(easiest * 4n);
    expect(bitsAt(480, 0, easier)).toEqual([EASY_BITS, easier]);
  });
});
