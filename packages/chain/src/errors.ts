export { chainErrors } from "./chain/errors.ts";
export { ruleErrors } from "./consensus/errors.ts";
export { finalityErrors } from "./finality/errors.ts";
export { integrityErrors } from "./integrity/errors.ts";
export { mempoolErrors } from "./mempool/errors.ts";
export { stateErrors } from "./state/errors.ts";
export { stateSyncErrors } from "./stateSync/errors.ts";
export { storeErrors } from "./store/errors.ts";
