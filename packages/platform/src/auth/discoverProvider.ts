import * as oidc from "openid-client";
import { authErrors } from "./errors.ts";

interface ProviderAddress {
  readonly issuer: URL;
  readonly clientId?: string;
  readonly clientSecret?: string;
}

const TIMEOUT_S = 5;
const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

export function isOwnMachine({ hostname }: URL): boolean {
  return LOOPBACK_HOSTS.has(hostname);
}

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
