import { isTrellisError, type TrellisError } from "@trellis/base";
import { dbErrors } from "./errors.ts";
import { isDiskFull } from "./isDiskFull.ts";

type Factory = (facts: Record<string, string | undefined>, cause: unknown) => TrellisError;

/** Keys are SQLSTATE codes or classes (PostgreSQL, appendix A). */
const BY_STATE: readonly (readonly [prefix: string, factory: Factory, reason?: string])[] = [
  ["23505", dbErrors.DB_UNIQUE_VIOLATED],
  ["23503", dbErrors.DB_CHECK_VIOLATED],
  ["23514", dbErrors.DB_CHECK_VIOLATED],
  ["23502", dbErrors.DB_CHECK_VIOLATED],
  ["22", dbErrors.DB_CHECK_VIOLATED],
  ["40001", dbErrors.DB_SERIALIZATION_FAILED],
  ["40P01", dbErrors.DB_SERIALIZATION_FAILED],
  ["53", dbErrors.DB_RESOURCES_EXHAUSTED],
  ["57014", dbErrors.DB_TIMEOUT, "statement timeout"],
  ["53300", dbErrors.DB_TIMEOUT, "no free connection"],
  ["25006", dbErrors.DB_CONNECTION_LOST, "the server is a standby"],
  ["57P", dbErrors.DB_CONNECTION_LOST],
  ["08", dbErrors.DB_CONNECTION_LOST],
];
const SOCKET_CODES = /^(?:ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|EAI_)/;
/** `pg` errors without a code. */
const SOCKET_MESSAGES = /Connection terminated|Client has encountered a connection error|not queryable/;

/** PostgreSQL's detail, which quotes values, appears only in the cause. */
export function sqlError(error: unknown): TrellisError {
  if (isTrellisError(error)) return error;
  const fact = (name: string): string | undefined => textOf(error, name);
  const state = fact("code") ?? "";
  if (SOCKET_CODES.test(state) || (state === "" && SOCKET_MESSAGES.test(fact("message") ?? ""))) {
    return dbErrors.DB_CONNECTION_LOST({ reason: state || undefined }, error);
  }
  if (isDiskFull(error)) return dbErrors.DB_RESOURCES_EXHAUSTED({ reason: "ENOSPC" }, error);
  const [, factory = dbErrors.DB_STATEMENT_REFUSED, reason] =
    BY_STATE.find(([prefix]) => state.startsWith(prefix)) ?? [];
  const facts = {
    reason,
    sqlState: state || undefined,
    table: fact("table"),
    constraint: fact("constraint"),
    column: fact("column"),
  };
  return factory(facts, error);
}

export function brokenConstraint(error: unknown): string | undefined {
  if (!isTrellisError(error)) return undefined;
  const { constraint } = error.facts;
  return typeof constraint === "string" ? constraint : undefined;
}

function textOf(error: unknown, name: string): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const value = (error as Record<string, unknown>)[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
