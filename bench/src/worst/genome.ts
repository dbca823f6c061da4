import { keccak256Hex } from "@trellis/crypto";
import type { Hash } from "@trellis/protocol";
import { SHAPES, STARTS } from "./calleeCode.ts";
import type { Draws } from "./Draws.ts";
import { type Domain, drawValue, drawValues, type Value } from "./SegmentKind.ts";
import { SEGMENT_KIND_NAMES, SEGMENT_KINDS, type SegmentKindName } from "./segments/index.ts";

export interface Segment {
  readonly kind: SegmentKindName;
  readonly values: Readonly<Record<string, Value>>;
}

export type CalleeSet = Readonly<Record<keyof typeof SET_PARAMETERS, Value>>;
export type Frame = Readonly<Record<keyof typeof FRAME_PARAMETERS, Value>>;

export interface Genome {
  readonly segments: readonly Segment[];
  readonly sets: readonly CalleeSet[];
  readonly frame: Frame;
}

const SET_PARAMETERS = {
  shape: SHAPES,
  start: Object.keys(STARTS),
  count: [1, 2, 10, 60, 100, 150, 250, 400, 1_000, 2_900],
  size: [0, 1, 40, 1_000, 6_000, 24_576, 24_576, 24_576],
  seed: "seed",
} as const satisfies Record<string, Domain>;

const FRAME_PARAMETERS = {
  cache: ["cold", "cold", "cold", "warm"],
  counter: ["sequence", "random"],
  /** Minimum gas in Mgas, unless a block then takes longer than `STEP_MS_MAX`. */
  mgasMin: [1, 1, 1, 1, 1, 4, 30],
  ending: ["stop", "stop", "outOfGas", "revert"],
  transactions: [1, 1, 1, 2, 10],
  isCreation: [0, 0, 0, 1],
  /** Percentage of gas charged before execution. */
  intrinsic: [0, 0, 0, 0, 50, 95],
  intrinsicKind: ["zeros", "ones", "addresses", "keys"],
} as const satisfies Record<string, Domain>;

const SEGMENTS_MAX = 6;
const SETS = 3;

export function drawGenome(draws: Draws): Genome {
  const length = draws.pickLow([1, 2, 3]);
  return {
    segments: Array.from({ length }, () => drawSegment(draws)),
    sets: Array.from({ length: SETS }, () => drawValues(SET_PARAMETERS, draws) as CalleeSet),
    frame: drawValues(FRAME_PARAMETERS, draws) as Frame,
  };
}

const FIRST_OF_KIND = 24;

export function firstGenomes(draws: Draws): Genome[] {
  return SEGMENT_KIND_NAMES.flatMap((kind) => {
    const [name, domain] = Object.entries(SEGMENT_KINDS[kind].parameters)[0] as [string, readonly Value[]];
    const rounds = Math.max(1, Math.round(FIRST_OF_KIND / domain.length));
    return Array.from({ length: rounds }, () => domain)
      .flat()
      .map((value): Genome => {
        const drawn = drawGenome(draws);
        const values = { ...drawSegment(draws, kind).values, [name]: value };
        const frame: Frame = { ...drawn.frame, transactions: 1, isCreation: 0, intrinsic: 0, ending: "stop" };
        return { ...drawn, segments: [{ kind, values }], frame };
      });
  });
}

function drawSegment(draws: Draws, kind: SegmentKindName = draws.pick(SEGMENT_KIND_NAMES)): Segment {
  return { kind, values: drawValues(SEGMENT_KINDS[kind].parameters, draws) };
}

export function mutate(genome: Genome, draws: Draws): Genome {
  let mutated = genome;
  do mutated = draws.pick(MUTATIONS)(mutated, draws);
  while (draws.isBelow(0.4));
  return mutated;
}

const MUTATIONS: readonly ((genome: Genome, draws: Draws) => Genome)[] = [
  changeSegment,
  changeSegment,
  changeSegment,
  changeSet,
  changeSet,
  changeSet,
  changeFrame,
  (genome, draws) => ({
    ...genome,
    segments: [...genome.segments, drawSegment(draws)].slice(-SEGMENTS_MAX),
  }),
  ({ segments, ...genome }, draws) => {
    const left = segments.toSpliced(draws.integer(segments.length), 1);
    return { ...genome, segments: left.length > 0 ? left : segments };
  },
];

function changeSegment({ segments, ...genome }: Genome, draws: Draws): Genome {
  const index = draws.integer(segments.length);
  const { kind, values } = segments[index]!;
  const changed = { kind, values: changeOne(values, SEGMENT_KINDS[kind].parameters, draws) };
  return { ...genome, segments: segments.with(index, changed) };
}

function changeSet(genome: Genome, draws: Draws): Genome {
  const used = usedSets(genome);
  if (used.length === 0) return changeSegment(genome, draws);
  const { sets } = genome;
  const index = draws.pick(used);
  const changed = changeOne(sets[index]!, SET_PARAMETERS, draws) as CalleeSet;
  return { ...genome, sets: sets.with(index, changed) };
}

function changeFrame(genome: Genome, draws: Draws): Genome {
  return { ...genome, frame: changeOne(genome.frame, FRAME_PARAMETERS, draws) as Frame };
}

function changeOne(
  values: Readonly<Record<string, Value>>,
  parameters: Readonly<Record<string, Domain>>,
  draws: Draws,
): Record<string, Value> {
  const names = Object.keys(parameters).filter((each) => parameters[each] !== "seed" || draws.isBelow(0.3));
  const name = draws.pick(names);
  return { ...values, [name]: drawValue(parameters[name]!, draws) };
}

export function usedSets({ segments }: Pick<Genome, "segments">): number[] {
  return [...new Set(segments.flatMap(({ values }) => ("set" in values ? [Number(values.set)] : [])))].sort();
}

export function cross(one: Genome, other: Genome, draws: Draws): Genome {
  return {
    segments: [...half(one.segments, draws), ...half(other.segments, draws)].slice(0, SEGMENTS_MAX),
    sets: one.sets.map((set, index) => (draws.isBelow(0.5) ? set : other.sets[index]!)),
    frame: draws.isBelow(0.5) ? one.frame : other.frame,
  };
}

function half(segments: readonly Segment[], draws: Draws): readonly Segment[] {
  const kept = segments.filter(() => draws.isBelow(0.5));
  return kept.length > 0 ? kept : [draws.pick(segments)];
}

export function hashOf(genome: Genome): Hash {
  return keccak256Hex(Buffer.from(JSON.stringify(genome)));
}

export function labelsOf({ segments, frame }: Genome): string[] {
  const labels = segments.map(({ kind, values }) => SEGMENT_KINDS[kind].label(values));
  if (Number(frame.intrinsic) > 0) labels.push(`call data or access list: ${frame.intrinsicKind}`);
  if (Number(frame.transactions) >= 10) labels.push("many transactions");
  if (frame.isCreation === 1) labels.push("in init code");
  return [...new Set(labels)].sort();
}

export function describe({ segments, sets, frame }: Genome): string {
  return [
    ...segments.map(({ kind, values }) => `${kind}(${listed(values)})`),
    ...usedSets({ segments }).map((set) => `set ${set}(${listed(sets[set]!)})`),
    `frame(${listed(frame)})`,
  ].join(" ");
}

function listed(values: Readonly<Record<string, Value>>): string {
  return Object.entries(values)
    .filter(([name]) => name !== "seed")
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
