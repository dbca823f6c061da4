export { simulatorErrors } from "./errors.ts";
export { FAULTS, type Fault } from "./faults/faults.ts";
export type { SimulationOptions } from "./run/chooseSwarm.ts";
export { type FinalityFigures, type FinalityMeasurement, measureFinality } from "./run/measureFinality.ts";
export { runSimulation, type SimulationResult } from "./run/runSimulation.ts";
