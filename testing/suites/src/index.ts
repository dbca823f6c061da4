export { hardhatNetworkHelpers } from "./hardhatNetworkHelpers.ts";
export { openzeppelinContracts } from "./openzeppelinContracts.ts";
export { archiveOf, projectOf } from "./projectOf.ts";
export { outcomesOn, startSuiteDevnet } from "./runSuite.ts";
