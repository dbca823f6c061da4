import type { Clock } from "@trellis/base";
import type { Hash, NetworkParameters } from "@trellis/protocol";
import type { BlockStore } from "../store/BlockStore.ts";
import type { StateStoreOptions } from "./StateStore.ts";

/** Between two states that are kept, at least: the chain has fewer blocks than come. */
const SPACING_MS = 60_000;
/** Who is so far behind gives no states away. */
const AGE_MS_MAX = 24 * 60 * 60 * 1_000;

export interface KeepsStateOptions {
  readonly parameters: NetworkParameters;
  /** The numbers of these blocks are multiples of it. */
  readonly stateSpacing?: number;
}

/**
 * Which final states are kept for a while: those of every so many-th number, so that all nodes keep the same ones; and
 * of any block where none is kept yet. [SYNC-STATE-6]
 */
export function keepsState(
  { parameters, stateSpacing = spacingOf(parameters) }: KeepsStateOptions,
  blocks: BlockStore,
  clock: Clock,
): NonNullable<StateStoreOptions["keeps"]> {
  return (block: Hash, number: number, isFirst: boolean): boolean =>
    (isFirst || number % stateSpacing === 0) &&
    clock.nowMs() - blocks.storedHeader(block).timestampMs <= AGE_MS_MAX;
}

/** As many numbers as blocks of all streams come in that time. */
function spacingOf({ streams }: NetworkParameters): number {
  const perMs = streams.reduce((sum, { targetIntervalMs }) => sum + 1 / targetIntervalMs, 0);
  return Math.max(1, Math.round(SPACING_MS * perMs));
}
