export type { ApiKey, ApiKeyStore } from "./ApiKey.ts";
export { type Access, authorize, grantsScope } from "./access.ts";
export {
  API_KEY_PREFIX,
  API_KEY_SIZE,
  apiKeyOf,
  formatApiKey,
  hashSecret,
  parseApiKey,
} from "./apiKeyText.ts";
export {
  type ApiKeyGrant,
  type ApiKeyPorts,
  type ApiKeys,
  createApiKeys,
  type NewApiKey,
} from "./createApiKeys.ts";
export { type CertificateGrant, createCertificateProvider } from "./createCertificateProvider.ts";
export {
  createDiscoveredKeys,
  createPublishedKeys,
  type PublishedKeysOptions,
} from "./createDiscoveredKeys.ts";
export { createGivenKeys } from "./createGivenKeys.ts";
export { createIdentityProviders, tokenCredential } from "./createIdentityProviders.ts";
export { createKeySessions, type KeySessions } from "./createKeySessions.ts";
export { createOidcLogin, type OidcLogin, type OidcLoginOptions } from "./createOidcLogin.ts";
export { createSessions, type Sessions } from "./createSessions.ts";
export { createSessionTokens, type SessionTokenOptions, type SessionTokens } from "./createSessionTokens.ts";
export { createTokenProvider } from "./createTokenProvider.ts";
export {
  createTokenVerifier,
  type TokenAlgorithm,
  type TokenKeys,
  type TokenVerifierOptions,
} from "./createTokenVerifier.ts";
export { authErrors } from "./errors.ts";
export type { Credential, IdentityProvider } from "./IdentityProvider.ts";
export { openApiKeyStore } from "./openApiKeyStore.ts";
export { openSessionStore } from "./openSessionStore.ts";
export {
  overlappingKeySessions,
  overlappingLogin,
  overlappingTokens,
  partsBySecret,
} from "./overlapping.ts";
export { ANONYMOUS, isRole, type Principal, ROLES, type Role } from "./Principal.ts";
export {
  type ClaimNames,
  DEFAULT_CLAIMS,
  principalOfClaims,
  type SubjectNames,
} from "./principalOfClaims.ts";
export { RowScope } from "./RowScope.ts";
export {
  createMemoryWindowCounters,
  createRateLimiter,
  type RateLimit,
  type RateLimiter,
  type RateState,
  type WindowCounters,
  type WindowTotals,
} from "./rateLimit.ts";
export type { Login, Session, SessionClient, SessionStore } from "./Session.ts";
export type { TokenVerifier } from "./TokenVerifier.ts";
