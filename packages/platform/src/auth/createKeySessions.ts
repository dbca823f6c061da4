import type { Clock } from "@trellis/base";
import { EncryptJWT, errors as joseErrors, jwtDecrypt } from "jose";
import type { ApiKeys } from "./createApiKeys.ts";
import { authErrors } from "./errors.ts";
import type { TokenVerifier } from "./TokenVerifier.ts";

interface KeySessionOptions {
  /** 32 bytes, shared by all processes. */
  readonly secret: Uint8Array;
  readonly lifetimeMs: number;
}

/** Browser sessions that contain an encrypted API key. */
export interface KeySessions extends TokenVerifier {
  issue(apiKey: string, sessionId: string): Promise<string>;
}

/** Parts of an encrypted token (RFC 7516, section 3.1). Signed tokens have three. */
const SEALED_PARTS = 5;

export function createKeySessions(
  { secret, lifetimeMs }: KeySessionOptions,
  { apiKeys, clock }: { readonly apiKeys: Pick<ApiKeys, "authenticate">; readonly clock: Clock },
): KeySessions {
  return {
    issue: (apiKey, sessionId) =>
      new EncryptJWT({ apiKey, jti: sessionId })
        .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
        .setExpirationTime(Math.ceil((clock.nowMs() + lifetimeMs) / 1_000))
        .encrypt(secret),
    async verify(session) {
      const { apiKey, sessionId } = await keyIn(session, secret, clock);
      return { ...(await apiKeys.authenticate(apiKey)), sessionId };
    },
  };
}

export function eitherSession(tokens: TokenVerifier, byKey: TokenVerifier): TokenVerifier {
  return {
    verify: (session) => (session.split(".").length === SEALED_PARTS ? byKey : tokens).verify(session),
  };
}

interface KeySession {
  readonly apiKey: string;
  readonly sessionId: string;
}

async function keyIn(session: string, secret: Uint8Array, clock: Clock): Promise<KeySession> {
  try {
    const { payload } = await jwtDecrypt(session, secret, {
      currentDate: new Date(clock.nowMs()),
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
      requiredClaims: ["exp"],
    });
    const { apiKey, jti: sessionId } = payload;
    if (typeof apiKey === "string" && sessionId !== undefined) return { apiKey, sessionId };
  } catch (error) {
    if (error instanceof joseErrors.JWTExpired) throw authErrors.TOKEN_EXPIRED();
    throw authErrors.TOKEN_INVALID({ reason: "not a signed JWT" }, error);
  }
  throw authErrors.TOKEN_INVALID({ reason: "not a signed JWT" });
}
