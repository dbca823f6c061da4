export type { Database, SchemaDatabase, SchemaStep, TransactionOptions } from "./Database.ts";
export { dbErrors } from "./errors.ts";
export { splitStatements } from "./migrateSchema.ts";
export { type DatabaseOptions, type DatabasePorts, openDatabase } from "./openDatabase.ts";
export { PgHosts } from "./PgHosts.ts";
export type { EngineCounts, Listening, SqlResult } from "./SqlEngine.ts";
export { brokenConstraint } from "./sqlError.ts";
