import { decodeJwt } from "jose";
import { asTokenError, TOKEN_CHARS_MAX } from "./createTokenVerifier.ts";
import { authErrors } from "./errors.ts";
import type { Credential, IdentityProvider } from "./IdentityProvider.ts";

/** Sends a credential only to its own provider. [GUARD-13] */
export function createIdentityProviders(providers: readonly IdentityProvider[]): IdentityProvider {
  return {
    async identify(credential) {
      for (const provider of providers) {
        const principal = await provider.identify(credential);
        if (principal !== undefined) return principal;
      }
      return undefined;
    },
  };
}

/** Uses the unverified `iss` only to select keys. @throws TOKEN_INVALID, TOKEN_CLAIM_INVALID */
export function tokenCredential(token: string): Credential {
  if (token.length > TOKEN_CHARS_MAX)
    throw authErrors.TOKEN_INVALID({ reason: "not a signed JWT", length: token.length });
  let issuer: unknown;
  try {
    issuer = decodeJwt(token).iss;
  } catch (error) {
    throw asTokenError(error);
  }
  if (typeof issuer !== "string") throw authErrors.TOKEN_CLAIM_INVALID({ claim: "iss" });
  return { kind: "token", token, issuer };
}
