import { compactToTarget } from "@trellis/protocol";
import { EMPTY_WINDOW, type SampledWindow, withSamples } from "./SampledWindow.ts";
import { type DifficultyParameters, NO_BLOCK, type WindowBlocks, type WindowPlace } from "./WindowBlocks.ts";
import { REACH_IN_WINDOWS, windowDepth } from "./windowDepths.ts";

export interface WindowSet {
  readonly difficulty: readonly SampledWindow[];
  readonly median: SampledWindow;
  readonly daaCounts: readonly number[];
  /** Highest chain block below the windows' reach, or the oldest block. */
  readonly floor: number;
}

const KEPT_MAX = 1_024;

/** [DIFF-2] [DIFF-3] */
export class Windows {
  readonly #parameters: DifficultyParameters;
  readonly #blocks: WindowBlocks;
  readonly #depth: number;
  /** Keyed by serial, because block numbers change. */
  readonly #kept = new Map<number, WindowSet>();
  #numbering = 0;

  constructor(parameters: DifficultyParameters, blocks: WindowBlocks) {
    this.#parameters = parameters;
    this.#blocks = blocks;
    this.#depth = windowDepth(parameters);
  }

  at(place: WindowPlace): WindowSet {
    return this.#advance(this.#of(place.selectedParent), place);
  }

  #of(block: number): WindowSet {
    const { table } = this.#blocks;
    if (this.#numbering !== table.numbering) this.#kept.clear();
    this.#numbering = table.numbering;

    const reach = REACH_IN_WINDOWS * this.#depth;
    const missing: number[] = [];
    let known: WindowSet | undefined;
    let isFromFloor = false;
    for (let at = block; ; at = table.selectedParents[at]!) {
      known = this.#kept.get(table.serials[at]!);
      if (known !== undefined) break;
      const isFloor = at !== block && table.blueScores[at]! < table.blueScores[block]! - reach;
      if (isFloor || table.selectedParents[at] === NO_BLOCK) {
        known = this.#emptyAt(at);
        isFromFloor = isFloor;
        break;
      }
      missing.push(at);
    }
    for (const at of missing.reverse()) {
      known = this.#advance(known, {
        selectedParent: table.selectedParents[at]!,
        mergeset: table.mergesets.toArray(at),
        blueScore: table.blueScores[at]!,
      });
      // Windows of lower blocks reach below the floor, so they are incomplete.
      if (!isFromFloor || at === block) this.#keep(at, known);
    }
    return known;
  }

  #emptyAt(floor: number): WindowSet {
    const { streams } = this.#parameters;
    return {
      difficulty: streams.map(() => EMPTY_WINDOW),
      median: EMPTY_WINDOW,
      daaCounts: streams.map((_, stream) => this.#blocks.table.daaCount(floor, stream)),
      floor,
    };
  }

  #advance(set: WindowSet, place: WindowPlace): WindowSet {
    const { table } = this.#blocks;
    const { difficultyWindow, medianTimeWindow } = this.#parameters;
    const { difficulty, median, daaCounts } = this.#sample(set, place);
    const floor = this.#floorOf(set.floor, place);
    const rules = { floor, targetOf: (block: number) => this.#targetOf(block) };
    return {
      difficulty: set.difficulty.map((window, stream) =>
        withSamples(table, window, difficulty[stream]!, { ...rules, sizeMax: difficultyWindow.size }),
      ),
      median: withSamples(table, set.median, median, { ...rules, sizeMax: medianTimeWindow.size }),
      daaCounts,
      floor,
    };
  }

  #sample({ daaCounts }: WindowSet, { selectedParent, mergeset, blueScore }: WindowPlace) {
    const { table } = this.#blocks;
    const { difficultyWindow, medianTimeWindow, streams } = this.#parameters;
    const counts = [...daaCounts];
    let total = counts.reduce((sum, count) => sum + count, 0);
    const difficulty: number[][] = counts.map(() => []);
    const median: number[] = [];
    const isOnGenesis = table.serials[selectedParent] === 0;
    const scoreMin = Math.max(blueScore, this.#depth) - this.#depth;
    for (let index = mergeset.length; index >= 0; index--) {
      const block = index === mergeset.length ? selectedParent : mergeset[index]! >>> 1;
      const doesCount = isOnGenesis ? block !== selectedParent : table.blueScores[block]! >= scoreMin;
      if (!doesCount) continue;
      const stream = table.streams[block]!;
      counts[stream]!++;
      total++;
      if (isOnGenesis) continue;
      // A fixed difficulty has no use for a window.
      const isSampled = counts[stream]! % difficultyWindow.sampleRate === 0;
      if (isSampled && streams[stream]!.difficulty === "window") difficulty[stream]!.push(block);
      if (total % medianTimeWindow.sampleRate === 0) median.push(block);
    }
    return { difficulty, median, daaCounts: counts };
  }

  #targetOf(block: number): bigint {
    const { table } = this.#blocks;
    return compactToTarget(table.bitsOf(block, table.streams[block]!));
  }

  #floorOf(from: number, { selectedParent, blueScore }: WindowPlace): number {
    const scoreBelow = blueScore - REACH_IN_WINDOWS * this.#depth;
    let floor = from;
    while (floor !== selectedParent) {
      const above = this.#blocks.chainChild(floor, selectedParent);
      if (this.#blocks.table.blueScores[above]! >= scoreBelow) break;
      floor = above;
    }
    return floor;
  }

  #keep(block: number, set: WindowSet): void {
    this.#kept.set(this.#blocks.table.serials[block]!, set);
    if (this.#kept.size <= KEPT_MAX) return;
    const [oldest] = this.#kept.keys();
    this.#kept.delete(oldest!);
  }
}
