import type { Clock, Random } from "@trellis/base";
import type { ApiKeys } from "../auth/createApiKeys.ts";
import { createKeySessions } from "../auth/createKeySessions.ts";
import { createSessions, type Sessions } from "../auth/createSessions.ts";
import type { SessionTokens } from "../auth/createSessionTokens.ts";
import { createMemorySessionStore } from "./createMemorySessionStore.ts";

interface ExamplePorts {
  readonly tokens: SessionTokens;
  readonly apiKeys: ApiKeys;
  readonly clock: Clock;
  readonly random: Random;
}

const LIFETIME_MS = 600_000;

export async function createExampleSessions(ports: ExamplePorts): Promise<Sessions> {
  const store = createMemorySessionStore();
  const nowMs = ports.clock.nowMs();
  await store.insert({
    id: "01".repeat(16),
    principalId: "user:alice",
    role: "operator",
    provider: "openId",
    createdAtMs: nowMs,
    lastSeenAtMs: nowMs,
    expiresAtMs: nowMs + LIFETIME_MS,
    client: { address: "192.0.2.7", userAgent: "Mozilla/5.0" },
  });
  const secret = new Uint8Array(32).fill(4);
  const keySessions = createKeySessions({ secret, lifetimeMs: LIFETIME_MS }, ports);
  return createSessions({ lifetimeMs: LIFETIME_MS }, { ...ports, store, keySessions });
}
