export { Difficulty, type DifficultyData, verifyTimestamp } from "./Difficulty.ts";
export { difficultyErrors } from "./errors.ts";
export type { DifficultyParameters, WindowBlocks, WindowPlace, WindowTable } from "./WindowBlocks.ts";
export { windowDepth } from "./windowDepths.ts";
