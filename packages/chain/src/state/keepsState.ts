import type { Clock } from "@trellis/base";
import type { Hash, NetworkParameters } from "@trellis/protocol";
import type { BlockStore } from "../store/BlockStore.ts";
import type { StateStoreOptions } from "./StateStore.ts";

/** Minimum time between kept states. */
const SPACING_MS = 60_000;
/** A node further behind keeps no states. */
const AGE_MS_MAX = 24 * 60 * 60 * 1_000;

export interface KeepsStateOptions {
  readonly parameters: NetworkParameters;
  readonly stateSpacing?: number;
}

export function keepsState(
  options: KeepsStateOptions,
  blocks: BlockStore,
  clock: Clock,
): NonNullable<StateStoreOptions["keeps"]> {
  const stateSpacing = stateSpacingOf(options);
  return (block: Hash, number: number, isFirst: boolean): boolean =>
    (isFirst || number % stateSpacing === 0) &&
    clock.nowMs() - blocks.storedHeader(block).timestampMs <= AGE_MS_MAX;
}

/** In blocks. */
export function stateSpacingOf({ parameters: { streams }, stateSpacing }: KeepsStateOptions): number {
  if (stateSpacing !== undefined) return stateSpacing;
  const perMs = streams.reduce((sum, { targetIntervalMs }) => sum + 1 / targetIntervalMs, 0);
  return Math.max(1, Math.round(SPACING_MS * perMs));
}
