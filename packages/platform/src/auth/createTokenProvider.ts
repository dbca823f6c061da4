import type { Clock } from "@trellis/base";
import { createTokenVerifier, type TokenVerifierOptions } from "./createTokenVerifier.ts";
import { authErrors } from "./errors.ts";
import type { IdentityProvider } from "./IdentityProvider.ts";

/** A quarter of the server's concurrent requests, so that no issuer can block it. */
const WAITING_MAX = 128;

/** @throws ARGUMENT_INVALID */
export function createTokenProvider(
  options: TokenVerifierOptions,
  ports: { readonly clock: Clock },
): IdentityProvider {
  const verifier = createTokenVerifier(options, ports);
  let waiting = 0;
  return {
    async identify(credential) {
      if (credential.kind !== "token" || credential.issuer !== options.issuer) return undefined;
      if (waiting >= WAITING_MAX)
        throw authErrors.IDENTITY_PROVIDER_UNREACHABLE({
          reason: "too many requests are waiting for its keys",
        });
      waiting += 1;
      try {
        return await verifier.verify(credential.token);
      } finally {
        waiting -= 1;
      }
    },
  };
}
