import type { TrellisError } from "@trellis/base";
import { consoleErrors } from "../errors.ts";

/** One field that does not fit: where (JSON Pointer), and why. */
export interface Issue {
  readonly pointer: string;
  readonly reason: string;
}

/** A problem (RFC 9457) as far as the console shows it. */
interface ProblemJson {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly hint: string;
  readonly correlationId: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly issues?: readonly Issue[];
}

/** Facts of errors are flat: what else a problem says travels beside them. */
const problems = new WeakMap<object, ProblemJson>();

export function problemOf(error: unknown): ProblemJson | undefined {
  return typeof error === "object" && error !== null ? problems.get(error) : undefined;
}

/** A proxy's own words for a service that is gone. */
const GONE_STATUSES = new Set([502, 503, 504]);

/**
 * Asks a service on the console's own origin.
 * @throws CONSOLE_REFUSED with the service's own code as `refusal`, CONSOLE_LOST
 */
export async function askService(
  fetch: typeof globalThis.fetch,
  target: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(target, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw consoleErrors.CONSOLE_LOST({}, error);
  }
  if (response.ok) return response;
  throw refusalOf(response.status, await response.text().catch(() => ""));
}

/** @param text the answer's body, which should be a problem */
export function refusalOf(status: number, text: string): TrellisError {
  const problem = problemIn(text);
  if (problem === undefined && GONE_STATUSES.has(status)) return consoleErrors.CONSOLE_LOST({ status });
  const error = consoleErrors.CONSOLE_REFUSED({
    ...{ status, refusal: problem?.code, reason: problem?.detail, nodeHint: problem?.hint },
    correlationId: problem?.correlationId,
  });
  if (problem !== undefined) problems.set(error, problem);
  return error;
}

function problemIn(text: string): ProblemJson | undefined {
  try {
    const told = JSON.parse(text) as Partial<ProblemJson> | null;
    return typeof told?.code === "string" ? (told as ProblemJson) : undefined;
  } catch {
    return undefined;
  }
}
