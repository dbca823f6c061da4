import { LruMap } from "@trellis/base";
import { compactToTarget, targetToCompact, workOfTarget } from "@trellis/protocol";
import { ruleErrors } from "../errors.ts";
import { bitsInForce } from "./bitsInForce.ts";
import { medianTimeMs } from "./medianTime.ts";
import { nextTarget } from "./nextTarget.ts";
import type { SampledWindow } from "./SampledWindow.ts";
import type { DifficultyParameters, WindowBlocks, WindowPlace } from "./WindowBlocks.ts";
import { type WindowSet, Windows } from "./Windows.ts";

export interface DifficultyData {
  readonly bits: number;
  readonly daaScore: number;
  readonly medianTimeMs: number;
  readonly daaCounts: readonly number[];
  readonly bitsOfStreams: readonly number[];
}

const WORKS_MAX = 256;

/** Uses integers only, so that all nodes agree. */
export class Difficulty {
  readonly #parameters: DifficultyParameters;
  readonly #blocks: WindowBlocks;
  readonly #windows: Windows;
  readonly #works = new LruMap<string, bigint>(WORKS_MAX);
  readonly #bits = new WeakMap<SampledWindow, number>();
  readonly #medians = new WeakMap<SampledWindow, number>();

  constructor(parameters: DifficultyParameters, blocks: WindowBlocks) {
    this.#parameters = parameters;
    this.#blocks = blocks;
    this.#windows = new Windows(parameters, blocks);
  }

  assess(place: WindowPlace, stream: number): DifficultyData {
    const set = this.#windows.at(place);
    const inForce = bitsInForce(this.#parameters, this.#blocks.table, place, set.daaCounts);
    const bits = this.#bitsFor(set, inForce, stream);
    return {
      bits,
      daaScore: set.daaCounts.reduce((sum, count) => sum + count, 0),
      medianTimeMs: this.#medianTimeOf(set.median, place.selectedParent),
      daaCounts: set.daaCounts,
      bitsOfStreams: inForce.map((others, other) => (other === stream ? bits : others)),
    };
  }

  bitsFor(place: WindowPlace, stream: number): number {
    const set = this.#windows.at(place);
    const inForce = bitsInForce(this.#parameters, this.#blocks.table, place, set.daaCounts);
    return this.#bitsFor(set, inForce, stream);
  }

  hasWindow(place: WindowPlace, stream: number): boolean {
    const { difficultyWindow } = this.#parameters;
    return this.#windows.at(place).difficulty[stream]!.blocks.length >= difficultyWindow.sizeMin;
  }

  genesis(): Pick<DifficultyData, "daaCounts" | "bitsOfStreams"> {
    const { streams } = this.#parameters;
    return { daaCounts: streams.map(() => 0), bitsOfStreams: streams.map(({ genesisBits }) => genesisBits) };
  }

  /** Expected hashes × stream weight. [DIFF-6] */
  work(bits: number, stream: number): bigint {
    const key = `${stream}:${bits}`;
    const known = this.#works.get(key);
    if (known !== undefined) return known;
    const work = workOfTarget(compactToTarget(bits)) * this.#parameters.streams[stream]!.workWeight;
    this.#works.set(key, work);
    return work;
  }

  #bitsFor(set: WindowSet, inForce: readonly number[], stream: number): number {
    const { genesisBits, difficulty } = this.#parameters.streams[stream]!;
    if (difficulty === "fixed") return genesisBits;
    const window = set.difficulty[stream]!;
    if (window.blocks.length >= this.#parameters.difficultyWindow.sizeMin) {
      return this.#bitsOfWindow(window, stream);
    }
    return inForce[stream]!;
  }

  #bitsOfWindow(window: SampledWindow, stream: number): number {
    const known = this.#bits.get(window);
    if (known !== undefined) return known;
    const { table } = this.#blocks;
    const { timestampsMs } = table;
    let oldest = window.blocks[0]!;
    let newest = oldest;
    for (const block of window.blocks) {
      if (timestampsMs[block]! < timestampsMs[oldest]!) oldest = block;
      if (timestampsMs[block]! > timestampsMs[newest]!) newest = block;
    }
    const { targetIntervalMs } = this.#parameters.streams[stream]!;
    const target = nextTarget({
      count: window.blocks.length,
      targetSum: window.targetSum,
      oldestTarget: compactToTarget(table.bitsOf(oldest, stream)),
      oldestMs: timestampsMs[oldest]!,
      newestMs: timestampsMs[newest]!,
      intervalMs: targetIntervalMs * this.#parameters.difficultyWindow.sampleRate,
    });
    const bits = targetToCompact(target);
    this.#bits.set(window, bits);
    return bits;
  }

  #medianTimeOf(window: SampledWindow, selectedParent: number): number {
    const { timestampsMs } = this.#blocks.table;
    if (window.blocks.length === 0) return timestampsMs[selectedParent]!;
    const known = this.#medians.get(window);
    if (known !== undefined) return known;
    const median = medianTimeMs(window.blocks.map((block) => timestampsMs[block]!));
    this.#medians.set(window, median);
    return median;
  }
}

/** [DIFF-7] */
export function verifyTimestamp(timestampMs: number, medianTimeMs: number): void {
  if (timestampMs > medianTimeMs) return;
  throw ruleErrors.BLOCK_INVALID({
    reason: "timestamp not after the median time of the past",
    timestampMs,
    laterThanMs: medianTimeMs,
  });
}
