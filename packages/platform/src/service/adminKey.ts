import type { Clock } from "@trellis/base";
import { type ApiKeyStore, apiKeyOf, formatApiKey, hashSecret, parseApiKey } from "../auth/index.ts";

interface AdminKeyPorts {
  readonly store: ApiKeyStore;
  readonly clock: Clock;
}

const MAKER = "service:first-run";

/**
 * Creates the first API key. The default is derived from a seed, so that a failed start does not lose it.
 * @param seed API_KEY_SIZE bytes @returns the default key until its first use @throws API_KEY_UNKNOWN
 */
export async function firstAdminKey(
  given: string | undefined,
  seed: Uint8Array,
  ports: AdminKeyPorts,
): Promise<string | undefined> {
  if (given !== undefined) {
    await takeOver(given, ports);
    return undefined;
  }
  const { store } = ports;
  const own = formatApiKey(apiKeyOf(seed));
  if ((await store.list(undefined, 1)).length === 0) await takeOver(own, ports);
  return (await isAsMade(own, store)) ? own : undefined;
}

async function isAsMade(text: string, store: ApiKeyStore): Promise<boolean> {
  const { id, secret } = parseApiKey(text);
  const key = await store.find(id);
  if (key === undefined || key.lastUsedAtMs !== undefined || key.revokedAtMs !== undefined) return false;
  return Buffer.compare(key.secretHash, hashSecret(secret)) === 0;
}

async function takeOver(text: string, { store, clock }: AdminKeyPorts): Promise<void> {
  const { id, secret } = parseApiKey(text);
  if ((await store.find(id)) !== undefined) return;
  const key = {
    id,
    name: "admin",
    role: "admin",
    customerId: undefined,
    scopes: ["*"],
    secretHash: hashSecret(secret),
    previousSecretHash: undefined,
    previousUntilMs: undefined,
    createdBy: MAKER,
    createdAtMs: clock.nowMs(),
    expiresAtMs: undefined,
    revokedAtMs: undefined,
    lastUsedAtMs: undefined,
  } as const;
  try {
    await store.insert(key);
  } catch (error) {
    // Another process may have created the key first.
    if ((await store.find(id)) === undefined) throw error;
  }
}
