export { createOracleEvm } from "./createOracleEvm.ts";
export { evmErrors } from "./errors.ts";
