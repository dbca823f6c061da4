import type { Principal } from "./Principal.ts";

export type Credential =
  /** `issuer` is the claim `iss`, not verified yet. */
  | { readonly kind: "token"; readonly token: string; readonly issuer: string }
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  /** Common name of a verified client certificate. */
  | { readonly kind: "certificate"; readonly name: string };

/** OpenID Connect issuer, directory, or authority of client certificates. [GUARD-13] */
export interface IdentityProvider {
  /**
   * Undefined for credentials of other providers.
   * @throws the TOKEN_ codes, LOGIN_REFUSED, RATE_LIMITED, IDENTITY_PROVIDER_UNREACHABLE
   */
  identify(credential: Credential): Promise<Principal | undefined>;
}
