export { type AdministeredPorts, administrationRoutes } from "./administrationRoutes.ts";
export { createLevelControl } from "./createLevelControl.ts";
export type { LevelControl, OperationsPorts } from "./OperationsPorts.ts";
export { operationsRoutes } from "./operationsRoutes.ts";
