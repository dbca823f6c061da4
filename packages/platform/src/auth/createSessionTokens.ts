import type { Clock } from "@trellis/base";
import { decodeJwt, SignJWT } from "jose";
import { createTokenVerifier } from "./createTokenVerifier.ts";
import type { Principal } from "./Principal.ts";
import { DEFAULT_CLAIMS } from "./principalOfClaims.ts";
import type { TokenVerifier } from "./TokenVerifier.ts";

export interface SessionTokenOptions {
  /** At least 32 bytes, shared by all processes. */
  readonly secret: Uint8Array;
  readonly service: string;
  readonly lifetimeMs: number;
}

export interface SessionTokens extends TokenVerifier {
  issue(principal: Principal, sessionId?: string): Promise<string>;
}

/** @throws ARGUMENT_INVALID */
export function createSessionTokens(
  options: SessionTokenOptions,
  ports: { readonly clock: Clock },
): SessionTokens {
  const { secret, service, lifetimeMs } = options;
  const verifier = createTokenVerifier(
    { issuer: service, audience: service, keys: { kind: "secret", secret } },
    ports,
  );
  return {
    async verify(token) {
      const principal = await verifier.verify(token);
      const { jti: sessionId } = decodeJwt(token);
      return sessionId === undefined ? principal : { ...principal, sessionId };
    },
    issue({ id, role, customerId, scopes }, sessionId) {
      const nowS = Math.floor(ports.clock.nowMs() / 1_000);
      const claims = {
        [DEFAULT_CLAIMS.role]: role,
        ...(customerId === undefined ? {} : { [DEFAULT_CLAIMS.customerId]: customerId }),
        ...(scopes === "all" ? {} : { [DEFAULT_CLAIMS.scope]: [...scopes].join(" ") }),
      };
      if (sessionId !== undefined) Object.assign(claims, { jti: sessionId });
      return new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setIssuer(service)
        .setAudience(service)
        .setSubject(id.replace(/^user:/, ""))
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + Math.ceil(lifetimeMs / 1_000))
        .sign(secret);
    },
  };
}
