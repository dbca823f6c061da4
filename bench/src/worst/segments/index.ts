import type { SegmentKind } from "../SegmentKind.ts";
import { arithmetic } from "./arithmetic.ts";
import { calls, codeReads, creations } from "./callees.ts";
import { jumps } from "./jumps.ts";
import { memory } from "./memory.ts";
import { precompiles } from "./precompiles.ts";
import { newAccounts, slots } from "./state.ts";

export const SEGMENT_KINDS = {
  arithmetic,
  memory,
  jumps,
  calls,
  codeReads,
  creations,
  slots,
  newAccounts,
  precompiles,
} as const satisfies Record<string, SegmentKind>;
export type SegmentKindName = keyof typeof SEGMENT_KINDS;
export const SEGMENT_KIND_NAMES = Object.keys(SEGMENT_KINDS) as readonly SegmentKindName[];
