import type { Clock } from "@trellis/base";
import { type ApiKeyStore, apiKeyOf, formatApiKey, hashSecret, parseApiKey } from "../auth/index.ts";

interface AdminKeyParts {
  readonly store: ApiKeyStore;
  readonly clock: Clock;
}

const MAKER = "service:first-run";

/**
 * The first key of a service that has none. One that was made elsewhere is taken over by its text; the service's own
 * comes from its secret, so that a start that fails, or is killed, before anybody has read it does not lose it.
 * @param given text of one that was made elsewhere
 * @param seed of its own, API_KEY_SIZE bytes
 * @returns its own, until it is used for the first time
 * @throws API_KEY_MALFORMED
 */
export async function firstAdminKey(
  given: string | undefined,
  seed: Uint8Array,
  parts: AdminKeyParts,
): Promise<string | undefined> {
  if (given !== undefined) {
    await takeOver(given, parts);
    return undefined;
  }
  const { store } = parts;
  const own = formatApiKey(apiKeyOf(seed));
  if ((await store.list(undefined, 1)).length === 0) await takeOver(own, parts);
  return (await isAsMade(own, store)) ? own : undefined;
}

async function isAsMade(text: string, store: ApiKeyStore): Promise<boolean> {
  const { id, secret } = parseApiKey(text);
  const key = await store.find(id);
  if (key === undefined || key.lastUsedAtMs !== undefined || key.revokedAtMs !== undefined) return false;
  return Buffer.compare(key.secretHash, hashSecret(secret)) === 0;
}

async function takeOver(text: string, { store, clock }: AdminKeyParts): Promise<void> {
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
    // Another process of the service may have been sooner.
    if ((await store.find(id)) === undefined) throw error;
  }
}
