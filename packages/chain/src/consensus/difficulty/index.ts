export { Difficulty, type DifficultyData, verifyTimestamp } from "./Difficulty.ts";
export type { DifficultyParameters, WindowBlocks, WindowPlace, WindowTable } from "./WindowBlocks.ts";
export { windowDepth } from "./windowDepths.ts";
