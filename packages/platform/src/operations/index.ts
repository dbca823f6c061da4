export { createLevelControl } from "./createLevelControl.ts";
export type { LevelControl, OperationsParts } from "./OperationsParts.ts";
export { operationsRoutes } from "./operationsRoutes.ts";
