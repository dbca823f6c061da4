import type { Consequence, TrellisError } from "@trellis/base";

/** By error code. Services add statuses for their codes. */
export type Statuses = Readonly<Record<string, number>>;

export const PLATFORM_STATUSES: Statuses = {
  NOT_FOUND: 404,
  CROSS_SITE_REQUEST: 403,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_INVALID: 400,
  REQUEST_MALFORMED: 400,
  BODY_MALFORMED: 400,
  REQUEST_BODY_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  NOT_ACCEPTABLE: 406,
  REQUEST_TIMEOUT: 503,
  OVERLOADED: 503,
  INTERNAL: 500,
  ARGUMENT_INVALID: 500,
  ANSWER_INVALID: 500,
  CURSOR_INVALID: 400,
  PRECONDITION_FAILED: 412,
  PRECONDITION_MISSING: 428,
  IDEMPOTENCY_KEY_INVALID: 400,
  IDEMPOTENCY_KEY_REUSED: 422,
  IDEMPOTENCY_IN_PROGRESS: 409,
  EVENTS_GONE: 410,
  SIGNATURE_INVALID: 401,
  CONTENT_DIGEST_MISMATCH: 400,
  AUTHENTICATION_MISSING: 401,
  TOKEN_INVALID: 401,
  TOKEN_EXPIRED: 401,
  SESSION_ENDED: 401,
  TOKEN_CLAIM_INVALID: 401,
  IDENTITY_PROVIDER_UNREACHABLE: 503,
  LOGIN_STATE_INVALID: 400,
  LOGIN_REFUSED: 401,
  API_KEY_UNKNOWN: 401,
  API_KEY_EXPIRED: 401,
  API_KEY_REVOKED: 401,
  API_KEY_GRANT_INVALID: 422,
  ROLE_FORBIDDEN: 403,
  SCOPE_FORBIDDEN: 403,
  ROW_FORBIDDEN: 403,
  RATE_LIMITED: 429,
  ADDRESS_REFUSED: 403,
  DYNAMIC_KEY_UNKNOWN: 404,
  DYNAMIC_VALUE_INVALID: 422,
  DYNAMIC_VERSION_STALE: 409,
};

const BY_CONSEQUENCE: Readonly<Record<Consequence, number>> = {
  retry: 503,
  reject: 422,
  ignore: 409,
  penalise: 422,
  fatal: 500,
};

export function statusOf(error: TrellisError, statuses: Statuses): number {
  const given = Object.hasOwn(statuses, error.code) ? statuses[error.code] : undefined;
  const own = Object.hasOwn(PLATFORM_STATUSES, error.code) ? PLATFORM_STATUSES[error.code] : undefined;
  return given ?? own ?? BY_CONSEQUENCE[error.consequence];
}
