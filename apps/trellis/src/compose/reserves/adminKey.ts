import { createHash } from "node:crypto";
import type { Clock } from "@trellis/base";
import { type ApiKeyStore, type ApiKeys, parseApiKey } from "@trellis/platform/auth";

export interface AdminKeyParts {
  readonly store: ApiKeyStore;
  readonly apiKeys: ApiKeys;
  readonly clock: Clock;
}

const MAKER = "service:first-run";

/**
 * The first key of a service that has none. One that was made elsewhere is taken over by its text.
 * @returns its text where it was made here: it is shown only now
 * @throws API_KEY_MALFORMED
 */
export async function firstAdminKey(
  given: string | undefined,
  { store, apiKeys, clock }: AdminKeyParts,
): Promise<string | undefined> {
  if (given !== undefined) {
    await takeOver(given, store, clock);
    return undefined;
  }
  if ((await store.list(undefined, 1)).length > 0) return undefined;
  const maker = { id: MAKER, kind: "service", role: "admin", customerId: undefined, scopes: "all" } as const;
  const { text } = await apiKeys.create({ name: "admin", role: "admin", scopes: ["*"] }, maker);
  return text;
}

async function takeOver(text: string, store: ApiKeyStore, clock: Clock): Promise<void> {
  const { id, secret } = parseApiKey(text);
  if ((await store.find(id)) !== undefined) return;
  await store.insert({
    id,
    name: "admin",
    role: "admin",
    customerId: undefined,
    scopes: ["*"],
    secretHash: new Uint8Array(createHash("sha256").update(secret).digest()),
    previousSecretHash: undefined,
    previousUntilMs: undefined,
    createdBy: MAKER,
    createdAtMs: clock.nowMs(),
    expiresAtMs: undefined,
    revokedAtMs: undefined,
    lastUsedAtMs: undefined,
  });
}
