import { expect, it } from "vitest";
import { createKeySessions } from "./createKeySessions.ts";
import { createSessionTokens } from "./createSessionTokens.ts";
import { overlappingKeySessions, overlappingTokens, partsBySecret } from "./overlapping.ts";
import type { Principal } from "./Principal.ts";

const secretOf = (fill: number) => new Uint8Array(32).fill(fill);
const [old, next] = [secretOf(1), secretOf(2)];
const nowMs = 1_790_000_000_000;
const clock = { nowMs: () => nowMs };
const PRINCIPAL: Principal = {
  id: "user:alice",
  kind: "user",
  role: "auditor",
  customerId: undefined,
  scopes: new Set(["*"]),
};
const invalid = expect.objectContaining({ code: "TOKEN_INVALID" });

it("KEY-6: a session stays valid while its secret is replaced, and ends when the secret is retired", async () => {
  let secrets = [old];
  const tokens = overlappingTokens(
    partsBySecret(
      () => secrets,
      (secret) => createSessionTokens({ secret, service: "s", lifetimeMs: 60_000 }, { clock }),
    ),
  );
  const before = await tokens.issue(PRINCIPAL);
  secrets = [next, old];
  const after = await tokens.issue(PRINCIPAL);
  for (const token of [before, after])
    expect(await tokens.verify(token)).toMatchObject({ id: "user:alice", role: "auditor" });
  secrets = [next];
  await expect(tokens.verify(before)).rejects.toEqual(invalid);
  expect(await tokens.verify(after)).toMatchObject({ id: "user:alice" });
  await expect(tokens.verify("neither")).rejects.toEqual(invalid);
});

it("KEY-6: a session that holds an API key does the same", async () => {
  let secrets = [old];
  const apiKeys = { authenticate: async () => PRINCIPAL };
  const sessions = overlappingKeySessions(
    partsBySecret(
      () => secrets,
      (secret) => createKeySessions({ secret, lifetimeMs: 60_000 }, { apiKeys, clock }),
    ),
  );
  const before = await sessions.issue("trk_a", "a");
  secrets = [next, old];
  expect(await sessions.verify(before)).toEqual({ ...PRINCIPAL, sessionId: "a" });
  expect(await sessions.verify(await sessions.issue("trk_a", "b"))).toMatchObject({ sessionId: "b" });
  secrets = [next];
  await expect(sessions.verify(before)).rejects.toEqual(invalid);
});

it("TOKEN_EXPIRED: an expired session is not tried with other secrets", async () => {
  let laterMs = 0;
  const moving = { nowMs: () => nowMs + laterMs };
  const tokens = overlappingTokens(
    partsBySecret(
      () => [next, old],
      (secret) => createSessionTokens({ secret, service: "s", lifetimeMs: 1_000 }, { clock: moving }),
    ),
  );
  const token = await tokens.issue(PRINCIPAL);
  laterMs = 120_000;
  await expect(tokens.verify(token)).rejects.toMatchObject({ code: "TOKEN_EXPIRED" });
});
