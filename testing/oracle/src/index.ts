export { createOracleEvm } from "./createOracleEvm.ts";
