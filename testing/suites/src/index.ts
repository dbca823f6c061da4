export { hardhatNetworkHelpers } from "./hardhatNetworkHelpers.ts";
export { openzeppelinContracts } from "./openzeppelinContracts.ts";
export { projectOf, sourceOf } from "./projectOf.ts";
export { outcomesOn, startSuiteDevnet } from "./runSuite.ts";
