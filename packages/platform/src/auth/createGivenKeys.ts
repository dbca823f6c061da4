import { createLocalJWKSet, type JWTVerifyGetKey } from "jose";
import { platformErrors } from "../errors.ts";

/** @param text JWK set @param setting for errors @throws CONFIG_INVALID_VALUE, also for private keys */
export function createGivenKeys(text: string, setting = "oidc.keys"): JWTVerifyGetKey {
  try {
    const set = JSON.parse(text) as Parameters<typeof createLocalJWKSet>[0];
    const getKey = createLocalJWKSet(set);
    if (!set.keys.some(({ kty, d }) => kty === "oct" || d !== undefined)) return getKey;
  } catch (error) {
    throw platformErrors.CONFIG_INVALID_VALUE({ setting, reason: "not a JWK set" }, error);
  }
  throw platformErrors.CONFIG_INVALID_VALUE({ setting, reason: "JWK set contains secret keys" });
}
