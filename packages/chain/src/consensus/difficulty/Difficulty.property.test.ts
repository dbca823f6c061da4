import { dagGraph, seededRandom } from "@trellis/kit";
import { bitsOfExpectedHashes, compactToTarget, type Hash, targetToCompact } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { Dag } from "../index.ts";
import { Difficulty } from "./Difficulty.ts";
import type { DifficultyParameters } from "./WindowBlocks.ts";

const LIMITS = {
  ghostdagK: 18,
  parentsMax: 10,
  mergesetMax: 180,
  mergeDepth: 3_600,
  finalityDepth: 600,
  pruningDepth: 10_000,
};

function parametersOf(intervalsMs: readonly number[]): DifficultyParameters {
  return {
    difficultyWindow: { size: 30, sampleRate: 3, sizeMin: 8 },
    medianTimeWindow: { size: 15, sampleRate: 4 },
    streams: intervalsMs.map((targetIntervalMs, stream) => ({
      targetIntervalMs,
      genesisBits: bitsOfExpectedHashes(BigInt(1_000 * (stream + 1))),
      difficulty: "window",
      workWeight: BigInt(stream + 1),
    })),
  };
}

interface NaiveBlock {
  readonly hash: Hash;
  readonly stream: number;
  readonly timestampMs: number;
  readonly blueScore: number;
  readonly blueWork: bigint;
  readonly bits: number;
  readonly selectedParent: NaiveBlock | undefined;
  readonly samples: readonly (readonly NaiveBlock[])[];
  readonly medianSamples: readonly NaiveBlock[];
  readonly daaCounts: readonly number[];
}

interface NaivePlace {
  readonly selectedParent: NaiveBlock;
  readonly merged: readonly NaiveBlock[];
  readonly blueScore: number;
}

class NaiveDifficulty {
  readonly #parameters: DifficultyParameters;
  readonly #depth: number;

  constructor(parameters: DifficultyParameters) {
    this.#parameters = parameters;
    const slowestMs = Math.max(...parameters.streams.map(({ targetIntervalMs }) => targetIntervalMs));
    const rate = parameters.streams.reduce((sum, { targetIntervalMs }) => sum + 1 / targetIntervalMs, 0);
    this.#depth = Math.round(30 * 3 * slowestMs * rate);
  }

  samplesOf({ selectedParent, merged, blueScore }: NaivePlace) {
    const { difficultyWindow, medianTimeWindow, streams } = this.#parameters;
    const daaCounts = [...selectedParent.daaCounts];
    const samples: NaiveBlock[][] = streams.map(() => []);
    const medianSamples: NaiveBlock[] = [];
    const isOnGenesis = selectedParent.selectedParent === undefined;
    for (const block of [selectedParent, ...merged.toReversed()]) {
      if (isOnGenesis ? block === selectedParent : block.blueScore < blueScore - this.#depth) continue;
      daaCounts[block.stream]!++;
      if (isOnGenesis) continue;
      const total = daaCounts.reduce((sum, count) => sum + count);
      if (daaCounts[block.stream]! % difficultyWindow.sampleRate === 0) samples[block.stream]!.push(block);
      if (total % medianTimeWindow.sampleRate === 0) medianSamples.push(block);
    }
    return { daaCounts, samples, medianSamples };
  }

  assess(place: NaivePlace, stream: number) {
    const own = this.samplesOf(place);
    const window = this.#gather(place, own.samples[stream]!, ({ samples }) => samples[stream]!, 30);
    const median = this.#gather(place, own.medianSamples, ({ medianSamples }) => medianSamples, 15);
    return {
      bits: window.length >= 8 ? this.#nextBits(window, stream) : this.inForce(place, own.daaCounts, stream),
      daaCounts: own.daaCounts,
      daaScore: own.daaCounts.reduce((sum, count) => sum + count),
      medianTimeMs: median.length === 0 ? place.selectedParent.timestampMs : middle(median),
    };
  }

  inForce({ selectedParent, blueScore }: NaivePlace, daaCounts: readonly number[], stream: number): number {
    const { streams } = this.#parameters;
    let bits =
      selectedParent.stream === stream ? selectedParent.bits : this.#inherited(selectedParent, stream);
    const epoch = Math.floor(blueScore / this.#depth);
    if (epoch > Math.floor(selectedParent.blueScore / this.#depth)) {
      let start = selectedParent;
      while (start.blueScore >= (epoch - 1) * this.#depth && start.selectedParent)
        start = start.selectedParent;
      const slowestMs = Math.max(...streams.map(({ targetIntervalMs }) => targetIntervalMs));
      const expected = (90 * slowestMs) / streams[stream]!.targetIntervalMs;
      if (daaCounts[stream]! - start.daaCounts[stream]! < expected / 4) {
        const easiest = compactToTarget(streams[stream]!.genesisBits);
        const target = compactToTarget(bits) * 2n;
        if (compactToTarget(bits) < easiest) bits = targetToCompact(target < easiest ? target : easiest);
      }
    }
    return bits;
  }

  #inherited(block: NaiveBlock, stream: number): number {
    const { selectedParent } = block;
    if (selectedParent === undefined) return this.#parameters.streams[stream]!.genesisBits;
    return this.inForce({ selectedParent, merged: [], blueScore: block.blueScore }, block.daaCounts, stream);
  }

  #gather(
    { selectedParent, blueScore }: NaivePlace,
    own: readonly NaiveBlock[],
    samplesOf: (block: NaiveBlock) => readonly NaiveBlock[],
    sizeMax: number,
  ): NaiveBlock[] {
    const found = [...own];
    let floor: NaiveBlock | undefined;
    for (let block: NaiveBlock | undefined = selectedParent; block; block = block.selectedParent) {
      found.push(...samplesOf(block));
      if (floor === undefined && (block.blueScore < blueScore - 2 * this.#depth || !block.selectedParent))
        floor = block;
    }
    return found
      .filter((block) => ascending(block, floor!) >= 0)
      .sort(ascending)
      .slice(-sizeMax);
  }

  #nextBits(window: readonly NaiveBlock[], stream: number): number {
    const byTime = window.toSorted((a, b) => a.timestampMs - b.timestampMs || ascending(a, b));
    const rest = byTime.slice(1);
    const average = rest.reduce((sum, { bits }) => sum + compactToTarget(bits), 0n) / BigInt(rest.length);
    const measured = BigInt(Math.max(1, byTime.at(-1)!.timestampMs - byTime[0]!.timestampMs));
    const { targetIntervalMs } = this.#parameters.streams[stream]!;
    const target = (average * measured) / BigInt(targetIntervalMs * 3 * rest.length);
    return targetToCompact(target < 2n ** 255n ? target : 2n ** 255n - 1n);
  }
}

function ascending(a: NaiveBlock, b: NaiveBlock): number {
  if (a.blueWork !== b.blueWork) return a.blueWork < b.blueWork ? -1 : 1;
  return a.hash === b.hash ? 0 : a.hash < b.hash ? -1 : 1;
}

function middle(window: readonly NaiveBlock[]): number {
  const times = window.map(({ timestampMs }) => timestampMs).sort((a, b) => a - b);
  const size = Math.min(11, times.length);
  const end = Math.ceil((times.length + size) / 2);
  const sum = times.slice(end - size, end).reduce((a, b) => a + b);
  return Math.floor((sum + Math.floor(size / 2)) / size);
}

describe.each([
  { name: "one stream", intervalsMs: [1_000], silence: [[0, 0]] },
  { name: "three streams of one rate", intervalsMs: [3_000, 3_000, 3_000], silence: [] },
  { name: "streams of different rates", intervalsMs: [1_500, 6_000], silence: [] },
  { name: "a stream that stops and resumes", intervalsMs: [2_000, 2_000], silence: [[300, 1_300]] },
  { name: "a stream that starts late", intervalsMs: [2_000, 2_000], silence: [[0, 900]] },
])("$name", ({ intervalsMs, silence }) => {
  it("windows, DAA counts, bits and median time equal the written rules [DIFF-1] [DIFF-2] [DIFF-3] [DIFF-4] [DIFF-5] [DIFF-7]", () => {
    const parameters = parametersOf(intervalsMs);
    const naive = new NaiveDifficulty(parameters);
    const dag = new Dag({ limits: LIMITS, streamCount: intervalsMs.length });
    const difficulty = new Difficulty(parameters, dag);
    const graph = dagGraph({
      blocks: 1_800,
      blocksPerSecond: 1,
      delayMsMin: 100,
      delayMsMax: 4_000,
      parentsMax: 10,
      attackShare: 0.15,
      attackLength: 12,
      seed: intervalsMs.length,
    });
    const random = seededRandom(7);
    const streamAt = (index: number): number => {
      const stream = Math.floor(random() * intervalsMs.length);
      const isSilent = silence.some(([from, to]) => index >= from! && index < to!);
      return isSilent && stream === intervalsMs.length - 1 ? 0 : stream;
    };
    const hashOf = (index: number): Hash =>
      `0x${(Math.imul(index + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0")}${"00".repeat(28)}`;
    const blocks = new Map<Hash, NaiveBlock>();
    const start = difficulty.genesis();
    const genesis = { hash: hashOf(0), timestampMs: 0, stream: 0 };
    const genesisBits = start.bitsOfStreams[0]!;
    dag.insertGenesis({ ...genesis, ...start, work: difficulty.work(genesisBits, 0) });
    blocks.set(genesis.hash, {
      ...genesis,
      blueScore: 0,
      blueWork: 0n,
      bits: genesisBits,
      selectedParent: undefined,
      samples: intervalsMs.map(() => []),
      medianSamples: [],
      daaCounts: start.daaCounts,
    });
    const seenBits = new Set<number>();
    const checks: ((late: Difficulty) => void)[] = [];
    for (const [offset, { parents, atMs }] of graph.slice(1).entries()) {
      const hash = hashOf(offset + 1);
      const stream = streamAt(offset + 1);
      const row = dag.ghostdag(parents.map(hashOf));
      const ghostdag = dag.ghostdagData(row);
      const place = {
        selectedParent: blocks.get(ghostdag.selectedParent)!,
        merged: ghostdag.merged.map((merged) => blocks.get(merged.hash)!),
        blueScore: ghostdag.blueScore,
      };
      const assessed = difficulty.assess(row, stream);
      const expected = naive.assess(place, stream);
      expect(assessed).toMatchObject(expected);
      expect(assessed.bitsOfStreams).toEqual(
        intervalsMs.map((_, other) =>
          other === stream ? expected.bits : naive.inForce(place, expected.daaCounts, other),
        ),
      );
      if (offset % 150 === 0) expect(new Difficulty(parameters, dag).assess(row, stream)).toEqual(assessed);
      if (offset % 10 === 0) {
        checks.push((late) => expect(late.assess(row, stream)).toEqual(assessed));
      }
      seenBits.add(expected.bits);

      const timestampMs = atMs + Math.floor(random() * 3_000);
      const { daaCounts, bitsOfStreams, bits } = assessed;
      const work = difficulty.work(bits, stream);
      dag.insert({ hash, work, timestampMs, stream, daaCounts, bitsOfStreams }, row);
      const { blueScore, blueWork } = ghostdag;
      blocks.set(hash, {
        hash,
        stream,
        timestampMs,
        blueScore,
        blueWork,
        bits,
        selectedParent: place.selectedParent,
        ...naive.samplesOf(place),
      });
    }
    expect(seenBits.size).toBeGreaterThan(100);
    const late = new Difficulty(parameters, dag);
    for (const check of checks.toReversed()) check(late);
  });
});
