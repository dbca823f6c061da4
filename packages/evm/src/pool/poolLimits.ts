import { DEFAULT_LIMITS, type EngineLimits } from "../engine/EngineLimits.ts";

const MIB = 1 << 20;

/** Lower than the defaults, because a worker has two engines. 100 Mgas fill at most 198 MiB of EVM memory. */
export const POOL_LIMITS: EngineLimits = {
  ...DEFAULT_LIMITS,
  memoryBytes: 256 * MIB,
  journalBytes: 64 * MIB,
  codeBytes: 32 * MIB,
  translatedBytes: 32 * MIB,
};
