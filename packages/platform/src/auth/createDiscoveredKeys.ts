import type { Clock } from "@trellis/base";
import { createRemoteJWKSet, type JWTVerifyGetKey } from "jose";
import { discoverProvider, isOwnMachine } from "./discoverProvider.ts";
import { authErrors } from "./errors.ts";

export interface PublishedKeysOptions {
  /** Minimum time between key reads for unknown key ids. */
  readonly rereadMs?: number;
}

const REREAD_MS = 30_000;
const TIMEOUT_MS = 5_000;
const PAUSE_MS = 2_000;

export function createPublishedKeys(jwksUrl: URL, options: PublishedKeysOptions = {}): JWTVerifyGetKey {
  return createRemoteJWKSet(jwksUrl, {
    cooldownDuration: options.rereadMs ?? REREAD_MS,
    timeoutDuration: TIMEOUT_MS,
  });
}

/** Runs OpenID Connect Discovery 1.0 at the first token: an unreachable provider must not block startup. */
export function createDiscoveredKeys(
  issuer: URL,
  options: PublishedKeysOptions,
  { clock }: { readonly clock: Clock },
): JWTVerifyGetKey {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  let pausedUntilMs = 0;

  async function discover(): Promise<JWTVerifyGetKey> {
    try {
      const { jwks_uri: address } = (await discoverProvider({ issuer })).serverMetadata();
      return createPublishedKeys(safeAddress(address), options);
    } catch (error) {
      keys = undefined;
      pausedUntilMs = clock.nowMs() + PAUSE_MS;
      throw error;
    }
  }

  return async (header, token) => {
    if (keys === undefined && clock.nowMs() < pausedUntilMs) {
      throw authErrors.IDENTITY_PROVIDER_UNREACHABLE({ reason: "no response to a recent request" });
    }
    keys ??= discover();
    return (await keys)(header, token);
  };
}

/** Over plain HTTP, attackers could replace the keys. */
function safeAddress(address: string | undefined): URL {
  const url = address !== undefined && URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && (url.protocol === "https:" || isOwnMachine(url))) return url;
  throw authErrors.IDENTITY_PROVIDER_UNREACHABLE({ reason: "no JWKS at an https address" });
}
