export { createOracleEvm, type OracleEvm } from "./createOracleEvm.ts";
