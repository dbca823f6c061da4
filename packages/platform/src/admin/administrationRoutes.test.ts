import { expect, it } from "vitest";
import { createAuditLog } from "../audit/index.ts";
import { createApiKeys, createSessionTokens } from "../auth/index.ts";
import { openTestApi } from "../http/testing/openTestApi.ts";
import { countingRandom, TestTime } from "../http/testing/TestTime.ts";
import { createExampleSessions } from "../testing/createExampleSessions.ts";
import { createMemoryApiKeyStore } from "../testing/createMemoryApiKeyStore.ts";
import { createMemoryAuditStore } from "../testing/createMemoryAuditStore.ts";
import { administrationRoutes } from "./index.ts";

it.each([
  ["DELETE", "/v1/api-keys/nothing"],
  ["POST", "/v1/api-keys/nothing/rotation"],
] as const)("NOT_FOUND: %s %s: no such API key", async (method, url) => {
  const clock = new TestTime();
  const store = createMemoryAuditStore();
  const random = countingRandom();
  const apiKeys = createApiKeys({ store: createMemoryApiKeyStore(), clock, random });
  const secret = new Uint8Array(32).fill(1);
  const tokens = createSessionTokens({ secret, service: "x", lifetimeMs: 60_000 }, { clock });
  const sessions = await createExampleSessions({ tokens, apiKeys, clock, random });
  const audit = { store, log: createAuditLog({ store, clock }) };
  const { server } = await openTestApi(administrationRoutes({ apiKeys, sessions, audit }));
  const answer = await server.inject({
    method,
    url,
    headers: {
      authorization: "Bearer admin",
      "idempotency-key": "once",
      ...(method === "POST" ? { "content-type": "application/json" } : {}),
    },
    ...(method === "POST" ? { payload: "{}" } : {}),
  });
  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toMatchObject({
    code: "NOT_FOUND",
    facts: { reason: "no such API key", id: "nothing" },
  });
  await server.close();
});
