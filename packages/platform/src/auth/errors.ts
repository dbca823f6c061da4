import { defineErrors } from "@trellis/base";

export const authErrors = defineErrors({
  AUTHENTICATION_MISSING: {
    message: "authentication required",
    hint: "send Authorization: Bearer with a token or an API key, or sign the request",
    consequence: "reject",
  },
  TOKEN_INVALID: {
    message: "invalid bearer token",
    hint: 'get a new token for this service\'s audience from the configured identity provider, and send it unchanged; `reason` is the failed check; for "not valid yet", compare the clocks',
    consequence: "reject",
  },
  TOKEN_EXPIRED: {
    message: "token expired",
    hint: "get a new token",
    consequence: "reject",
  },
  SESSION_ENDED: {
    message: "session ended",
    hint: "sign in again; an administrator or another of your browsers ended the session",
    consequence: "reject",
  },
  TOKEN_CLAIM_INVALID: {
    message: "required token claim missing or invalid",
    hint: "configure the identity provider to include the claim in the facts",
    consequence: "reject",
  },
  IDENTITY_PROVIDER_UNREACHABLE: {
    message: "identity provider unreachable",
    hint: "retry; if this continues, check the issuer's address and the network",
    consequence: "retry",
  },
  LOGIN_STATE_INVALID: {
    message: "login not started in this browser, or too old",
    hint: "start the login again in this browser",
    consequence: "reject",
  },
  LOGIN_REFUSED: {
    message: "login rejected by the identity provider",
    hint: "log in again with the right name and password; see the reason and the service's log",
    consequence: "reject",
  },
  API_KEY_UNKNOWN: {
    message: "unknown API key",
    hint: "check that the whole key was sent; a lost key cannot be shown again, so create a new one",
    consequence: "reject",
  },
  API_KEY_EXPIRED: {
    message: "API key expired",
    hint: "rotate it or create a new one",
    consequence: "reject",
  },
  API_KEY_REVOKED: {
    message: "API key revoked",
    hint: "create a new one",
    consequence: "reject",
  },
  API_KEY_GRANT_INVALID: {
    message: "role or scopes not allowed for an API key",
    hint: "grant only a role and scopes that the key's creator has; set a customer only for the role customer",
    consequence: "reject",
  },
  CROSS_SITE_REQUEST: {
    message: "request from another site, or to a host name that is not allowed",
    hint: "use the service's own pages or a bearer token, and localhost, an IP address or an allowed host name: --rpc-hosts of a node, --hosts of the other services",
    consequence: "reject",
  },
  ROLE_FORBIDDEN: {
    message: "role not permitted",
    hint: "ask an administrator for a permitted role",
    consequence: "reject",
  },
  SCOPE_FORBIDDEN: {
    message: "scope missing",
    hint: "send Authorization: Bearer with a key or token that has the named scope or permission",
    consequence: "reject",
  },
  ROW_FORBIDDEN: {
    message: "record belongs to another customer",
    hint: "request only the customer's own records",
    consequence: "reject",
  },
  RATE_LIMITED: {
    message: "rate limit exceeded",
    hint: "wait for the seconds in Retry-After, send fewer or cheaper requests, or use a key with a higher limit",
    consequence: "retry",
    facts: { limit: "number?", windowMs: "number?", policy: "string?", retryAfterS: "number?" },
  },
});
