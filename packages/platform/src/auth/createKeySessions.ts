import type { Clock } from "@trellis/base";
import { EncryptJWT, errors as joseErrors, jwtDecrypt } from "jose";
import type { ApiKeys } from "./createApiKeys.ts";
import { authErrors } from "./errors.ts";
import type { TokenVerifier } from "./TokenVerifier.ts";

interface KeySessionOptions {
  /** 32 bytes, shared by all workers. */
  readonly secret: Uint8Array;
  readonly lifetimeMs: number;
}

/** Browser sessions that contain an encrypted API key and end with its expiry, revocation or rotation. */
export interface KeySessions extends TokenVerifier {
  open(apiKey: string): Promise<string>;
}

/** Signed tokens have three parts (RFC 7516, section 3.1). */
const SEALED_PARTS = 5;

export function createKeySessions(
  { secret, lifetimeMs }: KeySessionOptions,
  { apiKeys, clock }: { readonly apiKeys: Pick<ApiKeys, "authenticate">; readonly clock: Clock },
): KeySessions {
  return {
    async open(apiKey) {
      await apiKeys.authenticate(apiKey);
      return new EncryptJWT({ apiKey })
        .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
        .setExpirationTime(Math.ceil((clock.nowMs() + lifetimeMs) / 1_000))
        .encrypt(secret);
    },
    async verify(session) {
      return apiKeys.authenticate(await keyIn(session, secret, clock));
    },
  };
}

export function eitherSession(tokens: TokenVerifier, byKey: TokenVerifier): TokenVerifier {
  return {
    verify: (session) => (session.split(".").length === SEALED_PARTS ? byKey : tokens).verify(session),
  };
}

async function keyIn(session: string, secret: Uint8Array, clock: Clock): Promise<string> {
  try {
    const { payload } = await jwtDecrypt(session, secret, {
      currentDate: new Date(clock.nowMs()),
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
      requiredClaims: ["exp"],
    });
    if (typeof payload.apiKey === "string") return payload.apiKey;
  } catch (error) {
    if (error instanceof joseErrors.JWTExpired) throw authErrors.TOKEN_EXPIRED();
    throw authErrors.TOKEN_INVALID({ reason: "not a signed JWT" }, error);
  }
  throw authErrors.TOKEN_INVALID({ reason: "not a signed JWT" });
}
