export { createOracleEvm } from "./createOracleEvm.ts";
export { oracleErrors } from "./errors.ts";
