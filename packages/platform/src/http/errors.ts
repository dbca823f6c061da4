import { defineErrors } from "@trellis/base";

export const httpErrors = defineErrors({
  NOT_FOUND: {
    message: "there is no such thing, or nothing at this address",
    hint: "check the path and the identifiers in it, which the lists show: a service has /health, /ready, /startup and /metrics, and an API its /v1/openapi.json",
    consequence: "reject",
  },
  HOST_REFUSED: {
    message: "this service is not reached by this name",
    hint: "use localhost, an IP address, or a name that the service's settings name: --rpc-hosts of a node, --hosts of the other services",
    consequence: "reject",
  },
  METHOD_NOT_ALLOWED: {
    message: "this address does not take this method",
    hint: "use a method that Allow names",
    consequence: "reject",
  },
  REQUEST_INVALID: {
    message: "the request does not fit the route's schema",
    hint: "correct the named fields",
    consequence: "reject",
  },
  REQUEST_MALFORMED: {
    message: "the request is not HTTP as this server takes it",
    hint: "see the reason",
    consequence: "reject",
  },
  BODY_MALFORMED: {
    message: "the body is missing, or cannot be read as what Content-Type says",
    hint: "send well-formed JSON in UTF-8, or the file that the route takes, with its Content-Type",
    consequence: "reject",
  },
  REQUEST_BODY_TOO_LARGE: {
    message: "the body is larger than this route takes",
    hint: "send less at once",
    consequence: "reject",
  },
  MEDIA_TYPE_UNSUPPORTED: {
    message: "the body's media type is not taken here",
    hint: "send application/json, not compressed",
    consequence: "reject",
  },
  NOT_ACCEPTABLE: {
    message: "the answer cannot be given in a media type that is accepted",
    hint: "accept one of those that are offered",
    consequence: "reject",
  },
  REQUEST_TIMEOUT: {
    message: "the request took longer than it may",
    hint: "try again later, or ask for less at once",
    consequence: "retry",
  },
  OVERLOADED: {
    message: "the service has as much to do as it can",
    hint: "try again after Retry-After",
    consequence: "retry",
  },
  INTERNAL: {
    message: "the service failed to answer",
    hint: "report it with the correlation id; nothing is known to be wrong with the request",
    consequence: "retry",
  },
  ANSWER_INVALID: {
    message: "the service made an answer that does not fit its own schema",
    hint: "report it with the correlation id",
    consequence: "retry",
  },
  CURSOR_INVALID: {
    message: "the cursor does not come from this list",
    hint: "use the cursor of the page before unchanged, with the same filters",
    consequence: "reject",
  },
  PRECONDITION_FAILED: {
    message: "it has changed since the version that If-Match names",
    hint: "read it again and decide again",
    consequence: "reject",
  },
  PRECONDITION_MISSING: {
    message: "a change of this needs the version that it is based on",
    hint: "send If-Match with the ETag that was read",
    consequence: "reject",
  },
  IDEMPOTENCY_KEY_INVALID: {
    message: "the idempotency key is missing, or is none",
    hint: "send Idempotency-Key with 1 to 128 visible ASCII characters: a new random value, and the same one when repeating the request",
    consequence: "reject",
  },
  IDEMPOTENCY_KEY_REUSED: {
    message: "the idempotency key was used for another request",
    hint: "use a new key for each request, and the same one only to repeat it unchanged",
    consequence: "reject",
  },
  IDEMPOTENCY_IN_PROGRESS: {
    message: "a request with this idempotency key is still being worked on",
    hint: "repeat it after Retry-After to get its answer",
    consequence: "retry",
  },
  SIGNATURE_MALFORMED: {
    message: "the message signature cannot be read, or does not cover what it must",
    hint: "sign by RFC 9421, with the components that this service lists",
    consequence: "reject",
  },
  SIGNATURE_KEY_UNKNOWN: {
    message: "the signature names a key that is not known here",
    hint: "register the key, or correct keyid",
    consequence: "reject",
  },
  SIGNATURE_INVALID: {
    message: "the signature does not fit the message",
    hint: "sign what is sent, and send what was signed",
    consequence: "reject",
  },
  SIGNATURE_EXPIRED: {
    message: "the signature is too old or not valid yet",
    hint: "sign when sending; correct the clock if it lasts",
    consequence: "reject",
  },
  SIGNATURE_REPLAYED: {
    message: "the signature was used before",
    hint: "sign every request again with a nonce of its own",
    consequence: "reject",
  },
  CONTENT_DIGEST_MISMATCH: {
    message: "the body is not the one whose digest was signed",
    hint: "send Content-Digest of the very bytes of the body, as sha-256 or sha-512",
    consequence: "reject",
  },
  EVENTS_GONE: {
    message: "events from this position on are no longer kept",
    hint: "read the present state, and resume from the oldest event that is named",
    consequence: "reject",
  },
});
