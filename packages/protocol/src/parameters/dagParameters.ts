import { ghostdagK } from "./ghostdagK.ts";
import type { NetworkParameters, StreamParameters } from "./NetworkParameters.ts";

interface DagTimes {
  readonly mergeS: number;
  readonly finalityS: number;
  readonly pruningS: number;
  readonly difficultySampleS: number;
  readonly medianSampleS: number;
  readonly delayBoundS?: number;
}

/** Kaspa's times, but with faster finality, because state layers stay in memory until they are final. */
export const DAG_TIMES: DagTimes = {
  mergeS: 3_600,
  finalityS: 600,
  pruningS: 108_000,
  difficultySampleS: 4,
  medianSampleS: 10,
};

const DIFFICULTY_WINDOW_SIZE = 661;
const DIFFICULTY_WINDOW_SIZE_MIN = 150;
const MEDIAN_WINDOW_SIZE = 27;

type DagParameters = Pick<
  NetworkParameters,
  | "ghostdagK"
  | "parentsMax"
  | "mergesetMax"
  | "mergeDepth"
  | "finalityDepth"
  | "pruningDepth"
  | "difficultyWindow"
  | "medianTimeWindow"
>;

/** [PARAM-2] [PARAM-3] [PARAM-5] */
export function dagParameters(
  streams: readonly Pick<StreamParameters, "targetIntervalMs">[],
  times: DagTimes = DAG_TIMES,
): DagParameters {
  const rate = blockRate(streams);
  const streamRate = rate / streams.length;
  const k = ghostdagK(rate, times.delayBoundS);
  const mergesetMax = clamp(2 * k, 180, 512);
  const mergeDepth = blocksIn(times.mergeS, rate);
  const finalityDepth = blocksIn(times.finalityS, rate);
  return {
    ghostdagK: k,
    parentsMax: clamp(Math.floor(k / 2), 10, 16),
    mergesetMax,
    mergeDepth,
    finalityDepth,
    pruningDepth: Math.max(
      pruningDepthMin({ ghostdagK: k, mergesetMax, mergeDepth, finalityDepth }),
      blocksIn(times.pruningS, rate),
    ),
    difficultyWindow: {
      size: DIFFICULTY_WINDOW_SIZE,
      sampleRate: blocksIn(times.difficultySampleS, streamRate),
      sizeMin: DIFFICULTY_WINDOW_SIZE_MIN,
    },
    medianTimeWindow: { size: MEDIAN_WINDOW_SIZE, sampleRate: blocksIn(times.medianSampleS, rate) },
  };
}

/** [PARAM-4] */
export function pruningDepthMin(
  depths: Pick<NetworkParameters, "ghostdagK" | "mergesetMax" | "mergeDepth" | "finalityDepth">,
): number {
  const { ghostdagK: k, mergesetMax, mergeDepth, finalityDepth } = depths;
  return finalityDepth + 2 * mergeDepth + 4 * mergesetMax * k + 2 * k + 2;
}

/** Blocks per second of all streams together. */
export function blockRate(streams: readonly Pick<StreamParameters, "targetIntervalMs">[]): number {
  return streams.reduce((rate, { targetIntervalMs }) => rate + 1_000 / targetIntervalMs, 0);
}

function blocksIn(seconds: number, rate: number): number {
  return Math.max(1, Math.round(seconds * rate));
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
