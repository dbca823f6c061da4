import type { Clock } from "@trellis/base";
import { createRemoteJWKSet, type JWTVerifyGetKey } from "jose";
import { discoverProvider, isOwnMachine } from "./discoverProvider.ts";
import { authErrors } from "./errors.ts";

export interface PublishedKeysOptions {
  /** How often at most an unknown key has the published ones read again. ms */
  readonly rereadMs?: number;
}

const REREAD_MS = 30_000;
const TIMEOUT_MS = 5_000;
/** After a failed discovery: so long the next one waits, so that requests do not queue for a provider that is gone. */
const PAUSE_MS = 2_000;

/** The keys at an address. They are read again when an unknown one appears, and after ten minutes. */
export function createPublishedKeys(jwksUrl: URL, options: PublishedKeysOptions = {}): JWTVerifyGetKey {
  return createRemoteJWKSet(jwksUrl, {
    cooldownDuration: options.rereadMs ?? REREAD_MS,
    timeoutDuration: TIMEOUT_MS,
  });
}

/**
 * The keys of a provider, whose configuration says where they are (OpenID Connect Discovery 1.0 section 4). It is
 * read when the first token comes: a provider that is gone does not keep a service from starting.
 */
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
      throw authErrors.IDENTITY_PROVIDER_UNREACHABLE({ reason: "it did not answer a moment ago" });
    }
    keys ??= discover();
    return (await keys)(header, token);
  };
}

/** Whoever could change keys on their way could sign tokens. @throws IDENTITY_PROVIDER_UNREACHABLE */
function safeAddress(address: string | undefined): URL {
  const url = address !== undefined && URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && (url.protocol === "https:" || isOwnMachine(url))) return url;
  throw authErrors.IDENTITY_PROVIDER_UNREACHABLE({ reason: "it names no keys at an https address" });
}
