import type { TrellisError } from "@trellis/base";
import { consoleErrors } from "../errors.ts";

export interface Issue {
  readonly pointer: string;
  readonly reason: string;
}

/** Problem details (RFC 9457). */
interface ProblemJson {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly hint: string;
  readonly correlationId: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly issues?: readonly Issue[];
}

/** Full problem details by error, because error facts cannot nest. */
const problems = new WeakMap<object, ProblemJson>();

export function problemOf(error: unknown): ProblemJson | undefined {
  return typeof error === "object" && error !== null ? problems.get(error) : undefined;
}

/** Statuses that a proxy returns while the service is down. */
const GONE_STATUSES = new Set([502, 503, 504]);

/** @throws CONSOLE_REFUSED with the service's code as `refusal`, CONSOLE_LOST */
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

export function refusalOf(status: number, text: string): TrellisError {
  const problem = problemIn(text);
  if (problem === undefined && GONE_STATUSES.has(status)) return consoleErrors.CONSOLE_LOST({ status });
  const error = consoleErrors.CONSOLE_REFUSED({
    status,
    refusal: problem?.code,
    reason: problem?.detail,
    nodeHint: problem?.hint,
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
