import { createLocalJWKSet, type JWTVerifyGetKey } from "jose";
import { authErrors } from "./errors.ts";

/**
 * JWK set (RFC 7517).
 * @throws ACCESS_SETTING_INVALID, also for private keys
 */
export function createGivenKeys(text: string): JWTVerifyGetKey {
  try {
    const set = JSON.parse(text) as Parameters<typeof createLocalJWKSet>[0];
    const getKey = createLocalJWKSet(set);
    if (!set.keys.some(({ kty, d }) => kty === "oct" || d !== undefined)) return getKey;
  } catch (error) {
    throw authErrors.ACCESS_SETTING_INVALID({ setting: "oidc.keys", reason: "no JWK set" }, error);
  }
  throw authErrors.ACCESS_SETTING_INVALID({ setting: "oidc.keys", reason: "a JWK set with secret keys" });
}
