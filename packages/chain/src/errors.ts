export { dagErrors } from "./dag/errors.ts";
export { difficultyErrors } from "./difficulty/errors.ts";
export { inspectionErrors } from "./inspection/errors.ts";
export { intakeErrors } from "./intake/errors.ts";
export { mempoolErrors } from "./mempool/errors.ts";
export { pipelineErrors } from "./pipeline/errors.ts";
export { stateErrors } from "./state/errors.ts";
