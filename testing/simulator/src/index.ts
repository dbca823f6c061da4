export { simulatorErrors } from "./errors.ts";
export { FAULTS, type Fault } from "./faults/faults.ts";
export type { SimulationOptions } from "./run/chooseSwarm.ts";
export { type FinalityFigures, type FinalityMeasurement, measureFinality } from "./run/measureFinality.ts";
export { runSimulation } from "./run/runSimulation.ts";
export type { SimulationResult } from "./run/SimulationResult.ts";
export {
  type CrossLinkFigures,
  type CrossLinkMeasurement,
  measureCrossLinks,
} from "./shards/measureCrossLinks.ts";
export { type MessageFigures, type MessageMeasurement, measureMessages } from "./shards/measureMessages.ts";
