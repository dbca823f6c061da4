import { defineErrors } from "@trellis/base";

export const dbErrors = defineErrors({
  DB_UNIQUE_VIOLATED: {
    message: "unique constraint violated",
    hint: "see the constraint in the facts, and use another key",
    consequence: "reject",
  },
  DB_CHECK_VIOLATED: {
    message: "constraint or column type violated",
    hint: "see the constraint, column and SQLSTATE in the facts; use a value of the column's type and range, insert a referenced row first and delete it last",
    consequence: "reject",
  },
  DB_SERIALIZATION_FAILED: {
    message: "transaction conflicts with another",
    hint: "run the transaction again",
    consequence: "retry",
  },
  DB_CONNECTION_LOST: {
    message: "database unreachable",
    hint: "check that the server is running, and retry; the last statement may have taken effect",
    consequence: "retry",
  },
  DB_TIMEOUT: {
    message: "no free database connection in time, or statement timeout",
    hint: "request less at once, end transactions sooner, and use only the transaction's connection inside a transaction; or raise the pool size or the statement timeout",
    consequence: "retry",
  },
  DB_RESOURCES_EXHAUSTED: {
    message: "database out of disk space or memory",
    hint: "free disk space or memory, then retry: the statement had no effect (SQLSTATE 53100, ENOSPC: the disk)",
    consequence: "retry",
  },
  DB_STATEMENT_REFUSED: {
    message: "statement rejected by the database",
    hint: "see the SQLSTATE and the cause",
    consequence: "reject",
  },
  DB_MIGRATION_FAILED: {
    message: "schema migration failed, or schema newer than this program",
    hint: "see the cause: the failed step was rolled back; for a newer schema, run the version that wrote it, or a newer one",
    consequence: "fatal",
  },
  DB_CLOSED: {
    message: "database closed",
    hint: "restart the service: a stopped service runs no statements",
    consequence: "fatal",
  },
});
