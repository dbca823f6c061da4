import * as oidc from "openid-client";
import { authErrors } from "./errors.ts";

interface ProviderAddress {
  readonly issuer: URL;
  /** Of whoever only verifies tokens it does not matter. */
  readonly clientId?: string;
  readonly clientSecret?: string;
}

const TIMEOUT_S = 5;
/** Nobody listens between a service and itself. */
const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** What is reached over http: this machine alone. Tokens and keys from elsewhere come over https. */
export function isOwnMachine({ hostname }: URL): boolean {
  return LOOPBACK_HOSTS.has(hostname);
}

/**
 * What a provider says of itself at its well-known address. Its issuer must be the one that was asked.
 * @throws IDENTITY_PROVIDER_UNREACHABLE
 */
export async function discoverProvider({
  issuer,
  clientId = "resource-server",
  clientSecret,
}: ProviderAddress): Promise<oidc.Configuration> {
  try {
    return await oidc.discovery(issuer, clientId, clientSecret, undefined, {
      timeout: TIMEOUT_S,
      execute: isOwnMachine(issuer) ? [oidc.allowInsecureRequests] : [],
    });
  } catch (error) {
    throw providerUnreachable(error);
  }
}

export function providerUnreachable(error: unknown) {
  const reason = error instanceof Error ? error.message : String(error);
  return authErrors.IDENTITY_PROVIDER_UNREACHABLE({ reason }, error);
}
