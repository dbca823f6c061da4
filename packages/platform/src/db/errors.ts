import { defineErrors } from "@trellis/base";

/** Facts name tables and constraints, never values. */
export const dbErrors = defineErrors({
  DB_URL_INVALID: {
    message: "this is no address of a database",
    hint: "give postgres://user@host/name, pglite:PATH for the embedded database, or pglite: for one in memory",
    consequence: "fatal",
  },
  DB_UNIQUE_VIOLATED: {
    message: "a row with this key exists already",
    hint: "the constraint tells which key it is",
    consequence: "reject",
  },
  DB_CHECK_VIOLATED: {
    message: "a row breaks a rule of its table, or refers to a row that does not exist",
    hint: "the constraint tells which rule it is; write a row that is referred to first, and delete it last",
    consequence: "reject",
  },
  DB_VALUE_INVALID: {
    message: "a value does not fit its column",
    hint: "give a value of the column's type and range",
    consequence: "reject",
  },
  DB_SERIALIZATION_FAILED: {
    message: "a transaction met another one",
    hint: "run the transaction again",
    consequence: "retry",
  },
  DB_CONNECTION_LOST: {
    message: "the database cannot be reached",
    hint: "whether the last statement took effect is unknown; check that the server runs and try again",
    consequence: "retry",
  },
  DB_POOL_EXHAUSTED: {
    message: "no connection to the database became free in time",
    hint: "end transactions sooner, never use the database inside a transaction past it, or enlarge the pool",
    consequence: "retry",
  },
  DB_RESOURCES_EXHAUSTED: {
    message: "the database has no room left on its disk, or no memory",
    hint: "nothing of it was done; make room where the database is, then try again (SQLSTATE 53100, ENOSPC: the disk)",
    consequence: "retry",
  },
  DB_STATEMENT_TIMEOUT: {
    message: "a statement took longer than admitted",
    hint: "ask for less at once, or raise the statement timeout",
    consequence: "retry",
  },
  DB_STATEMENT_REFUSED: {
    message: "the database refused a statement",
    hint: "see the SQLSTATE and the cause",
    consequence: "reject",
  },
  DB_MIGRATION_FAILED: {
    message: "the tables of a service could not be brought up to date",
    hint: "nothing of the failed step remains; see the cause",
    consequence: "fatal",
  },
  DB_SCHEMA_NEWER: {
    message: "the tables were written by a newer program",
    hint: "run the version that wrote them, or a newer one",
    consequence: "fatal",
  },
  DB_CLOSED: {
    message: "the database is closed",
    hint: "nothing is answered after the stop",
    consequence: "fatal",
  },
});
