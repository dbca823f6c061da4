export { createEvmSimulator, type EvmSimulatorOptions } from "./createEvmSimulator.ts";
export { type Decision, type DecisionInput, decide } from "./decide.ts";
export { simulationErrors } from "./errors.ts";
export { probeToken, type TokenProbe, type TokenProbeInput, type TokenVerdict } from "./probeToken.ts";
export type {
  SimulationInput,
  SimulationResult,
  SimulationStep,
  Simulator,
  StepOutcome,
  Watched,
} from "./Simulator.ts";
export {
  gasLimitFor,
  type RouteInput,
  type RouteOutcome,
  simulateRoute,
} from "./simulateRoute.ts";
