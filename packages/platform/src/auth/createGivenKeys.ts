import { createLocalJWKSet, type JWTVerifyGetKey } from "jose";
import { authErrors } from "./errors.ts";

/**
 * Keys of a JWK set (RFC 7517) that is at hand as text, where the provider cannot be asked.
 * @throws TOKEN_OPTIONS_UNSAFE for what is none, and for one with secret keys
 */
export function createGivenKeys(text: string): JWTVerifyGetKey {
  try {
    const set = JSON.parse(text) as Parameters<typeof createLocalJWKSet>[0];
    const getKey = createLocalJWKSet(set);
    if (!set.keys.some(({ kty, d }) => kty === "oct" || d !== undefined)) return getKey;
  } catch (error) {
    throw authErrors.TOKEN_OPTIONS_UNSAFE({ reason: "no JWK set" }, error);
  }
  throw authErrors.TOKEN_OPTIONS_UNSAFE({ reason: "a JWK set with secret keys" });
}
