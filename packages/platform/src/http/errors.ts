import { defineErrors } from "@trellis/base";

export const httpErrors = defineErrors({
  NOT_FOUND: {
    message: "not found",
    hint: "check the path and the identifiers, which lists return; services have /health, /ready, /startup and /metrics, and APIs have /v1/openapi.json",
    consequence: "reject",
  },
  METHOD_NOT_ALLOWED: {
    message: "method not allowed",
    hint: "use a method from the Allow header",
    consequence: "reject",
  },
  REQUEST_INVALID: {
    message: "request does not match the route's schema",
    hint: "correct the named fields",
    consequence: "reject",
  },
  REQUEST_MALFORMED: {
    message: "malformed HTTP request",
    hint: "see the reason; send exactly one of a bearer token, a signature and a session cookie",
    consequence: "reject",
  },
  BODY_MALFORMED: {
    message: "request body missing, or does not match Content-Type",
    hint: "send well-formed JSON in UTF-8, or the file that the route accepts, with its Content-Type",
    consequence: "reject",
  },
  REQUEST_BODY_TOO_LARGE: {
    message: "request body too large",
    hint: "send less at once",
    consequence: "reject",
  },
  MEDIA_TYPE_UNSUPPORTED: {
    message: "media type not supported",
    hint: "send application/json, not compressed",
    consequence: "reject",
  },
  NOT_ACCEPTABLE: {
    message: "no acceptable media type",
    hint: "send an Accept header with one of the offered media types",
    consequence: "reject",
  },
  REQUEST_TIMEOUT: {
    message: "request timed out",
    hint: "retry later, or request less at once",
    consequence: "retry",
  },
  OVERLOADED: {
    message: "service overloaded",
    hint: "retry after the time in Retry-After",
    consequence: "retry",
  },
  INTERNAL: {
    message: "internal error",
    hint: "report it with the correlation id; the request may be valid",
    consequence: "retry",
  },
  ANSWER_INVALID: {
    message: "response does not match the route's schema",
    hint: "report it with the correlation id",
    consequence: "retry",
  },
  CURSOR_INVALID: {
    message: "invalid cursor",
    hint: "use the cursor of the previous page unchanged, with the same filters",
    consequence: "reject",
  },
  PRECONDITION_FAILED: {
    message: "resource changed since the version in If-Match",
    hint: "read it again, and reconsider the change",
    consequence: "reject",
  },
  PRECONDITION_MISSING: {
    message: "If-Match required",
    hint: "send If-Match with the ETag of the version that you read",
    consequence: "reject",
  },
  IDEMPOTENCY_KEY_INVALID: {
    message: "idempotency key missing or invalid",
    hint: "send Idempotency-Key with 1 to 128 visible ASCII characters: a new random value, and the same one to repeat the request",
    consequence: "reject",
  },
  IDEMPOTENCY_KEY_REUSED: {
    message: "idempotency key used for another request",
    hint: "use a new key for each request, and repeat a request unchanged",
    consequence: "reject",
  },
  IDEMPOTENCY_IN_PROGRESS: {
    message: "request with this idempotency key in progress",
    hint: "repeat it after the time in Retry-After to get its response",
    consequence: "retry",
  },
  SIGNATURE_INVALID: {
    message: "invalid message signature",
    hint: "sign each request again as in RFC 9421, with a registered key, all required components, the current time and a new nonce; `reason` is the failed check",
    consequence: "reject",
  },
  CONTENT_DIGEST_MISMATCH: {
    message: "body does not match the signed Content-Digest",
    hint: "send Content-Digest of the exact bytes of the body, as sha-256 or sha-512",
    consequence: "reject",
  },
  EVENTS_GONE: {
    message: "events from this position no longer retained",
    hint: "read the current state, and resume from the oldest event in the facts",
    consequence: "reject",
  },
});
