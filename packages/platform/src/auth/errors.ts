import { defineErrors } from "@trellis/base";

export const authErrors = defineErrors({
  AUTHENTICATION_MISSING: {
    message: "this needs to know who asks",
    hint: "send Authorization: Bearer with a token or an API key, or sign the request",
    consequence: "reject",
  },
  AUTHENTICATION_AMBIGUOUS: {
    message: "the request shows more than one identity",
    hint: "send either a bearer token, or a signature, or a session cookie",
    consequence: "reject",
  },
  TOKEN_MALFORMED: {
    message: "the bearer token is not a signed JWT",
    hint: "send the access token as it was issued",
    consequence: "reject",
  },
  TOKEN_ALGORITHM_REFUSED: {
    message: "the token is signed by an algorithm that is not allowed here",
    hint: "let the identity provider sign with one of the allowed algorithms; unsigned tokens never pass",
    consequence: "reject",
  },
  TOKEN_KEY_UNKNOWN: {
    message: "the token is signed by a key that the issuer does not publish",
    hint: "get a new token; after a key rotation old ones end",
    consequence: "reject",
  },
  TOKEN_SIGNATURE_INVALID: {
    message: "the token's signature does not fit its content",
    hint: "send the token unchanged",
    consequence: "reject",
  },
  TOKEN_EXPIRED: {
    message: "the token has expired",
    hint: "get a new token",
    consequence: "reject",
  },
  TOKEN_NOT_YET_VALID: {
    message: "the token is not valid yet",
    hint: "wait, or correct the clocks of this server and the issuer",
    consequence: "reject",
  },
  TOKEN_AUDIENCE_WRONG: {
    message: "the token was issued for another service",
    hint: "request a token for this service's audience",
    consequence: "reject",
  },
  TOKEN_ISSUER_WRONG: {
    message: "the token was issued by someone else",
    hint: "use the identity provider that this service is configured with",
    consequence: "reject",
  },
  TOKEN_CLAIM_INVALID: {
    message: "the token lacks a claim that is needed here",
    hint: "let the identity provider put the named claim into its tokens",
    consequence: "reject",
  },
  ACCESS_SETTING_INVALID: {
    message: "a setting of who is let in cannot be used",
    hint: "see the reason; a service's key has an id of its own and fits its algorithm, a file of the provider's keys has public ones alone",
    consequence: "fatal",
  },
  IDENTITY_PROVIDER_UNREACHABLE: {
    message: "the identity provider does not answer",
    hint: "try again; if it lasts, check the issuer's address and the network",
    consequence: "retry",
  },
  LOGIN_STATE_INVALID: {
    message: "this login was not begun here, or too long ago",
    hint: "begin the login again in this browser",
    consequence: "reject",
  },
  LOGIN_REFUSED: {
    message: "the identity provider did not confirm the login",
    hint: "log in again; see the reason",
    consequence: "reject",
  },
  API_KEY_MALFORMED: {
    message: "this is not an API key",
    hint: "send the whole key as it was shown when it was made",
    consequence: "reject",
  },
  API_KEY_UNKNOWN: {
    message: "there is no such API key",
    hint: "check the key; it is shown only once, so make a new one if it is lost",
    consequence: "reject",
  },
  API_KEY_EXPIRED: {
    message: "the API key has expired",
    hint: "rotate it or make a new one",
    consequence: "reject",
  },
  API_KEY_REVOKED: {
    message: "the API key was revoked",
    hint: "make a new one",
    consequence: "reject",
  },
  API_KEY_GRANT_INVALID: {
    message: "an API key cannot be given these rights",
    hint: "give a role and scopes that its maker has, and a customer exactly for the role customer",
    consequence: "reject",
  },
  CROSS_SITE_REQUEST: {
    message: "the request comes from a page of another site",
    hint: "send it from this service's own pages, or with a bearer token; by which names a node is reached says --rpc-hosts",
    consequence: "reject",
  },
  ROLE_FORBIDDEN: {
    message: "this role may not do this",
    hint: "ask an administrator for a role that may",
    consequence: "reject",
  },
  SCOPE_FORBIDDEN: {
    message: "this key or token was not given the scope that is needed",
    hint: "use one with the named scope",
    consequence: "reject",
  },
  ROW_FORBIDDEN: {
    message: "this belongs to another customer, or to none",
    hint: "customers see only what is their own",
    consequence: "reject",
  },
  RATE_LIMITED: {
    message: "too many requests",
    hint: "wait as many seconds as Retry-After says",
    consequence: "retry",
  },
});
