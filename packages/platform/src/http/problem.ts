import { STATUS_CODES } from "node:http";
import { isTrellisError, type TrellisError } from "@trellis/base";
import { httpErrors } from "./errors.ts";
import { isAfterWork } from "./isAfterWork.ts";
import { type Statuses, statusOf } from "./statuses.ts";

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** `pointer`: JSON pointer (RFC 6901), such as `/body/amount`. */
export interface Issue {
  readonly pointer: string;
  readonly reason: string;
}

/** RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly hint: string;
  readonly consequence: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly correlationId: string;
  readonly issues?: readonly Issue[];
}

/** Stored outside the errors, whose facts are flat. */
const issuesByError = new WeakMap<TrellisError, readonly Issue[]>();

export function withIssues(error: TrellisError, issues: readonly Issue[]): TrellisError {
  issuesByError.set(error, issues);
  return error;
}

/** Reports errors with status 500 as INTERNAL, unless the work was done. */
export function problemOf(thrown: unknown, statuses: Statuses, correlationId: string): Problem {
  const known = isTrellisError(thrown) ? thrown : httpErrors.INTERNAL();
  const knownStatus = statusOf(known, statuses);
  const error = knownStatus === 500 && !isAfterWork(known) ? httpErrors.INTERNAL() : known;
  const status = error === known ? knownStatus : 500;
  const issues = issuesByError.get(error);
  const { facts, code, hint, consequence } = error.toJSON() as Pick<Problem, "facts" | "code" | "hint"> & {
    consequence: string;
  };
  return {
    type: `urn:trellis:error:${code}`,
    title: STATUS_CODES[status] ?? "Error",
    status,
    code,
    detail: sentence(error),
    hint,
    consequence,
    facts: status === 500 ? {} : facts,
    correlationId,
    ...(issues === undefined ? {} : { issues }),
  };
}

function sentence({ message }: TrellisError): string {
  const factsAt = message.indexOf(" (");
  return factsAt < 0 ? message : message.slice(0, factsAt);
}
