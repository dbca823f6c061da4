export { dagErrors } from "./dag/index.ts";
export { difficultyErrors } from "./difficulty/errors.ts";
export { finalityErrors } from "./finality/errors.ts";
export { intakeErrors } from "./intake/errors.ts";
export { mempoolErrors } from "./mempool/errors.ts";
export { pipelineErrors } from "./pipeline/errors.ts";
export { inspectionErrors } from "./pipeline/inspection/errors.ts";
export { stateErrors } from "./state/errors.ts";
