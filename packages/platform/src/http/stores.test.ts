import { describeDatabases } from "@trellis/kit/databases";
import { describe, expect, it } from "vitest";
import { type AtRest, openAtRest } from "../atRest/index.ts";
import type { AuditStore } from "../audit/AuditEntry.ts";
import { createAuditLog, verifyAuditLog } from "../audit/createAuditLog.ts";
import { openAuditStore } from "../audit/openAuditStore.ts";
import type { ApiKey, ApiKeyStore } from "../auth/ApiKey.ts";
import { type ApiKeys, createApiKeys } from "../auth/createApiKeys.ts";
import { openApiKeyStore } from "../auth/openApiKeyStore.ts";
import { openSessionStore } from "../auth/openSessionStore.ts";
import type { Principal } from "../auth/Principal.ts";
import type { Session, SessionStore } from "../auth/Session.ts";
import { openWebhookStore } from "../notify/openWebhookStore.ts";
import type { Delivery, Webhook, WebhookStore } from "../notify/Webhook.ts";
import { createMemoryApiKeyStore } from "../testing/createMemoryApiKeyStore.ts";
import { createMemoryAuditStore } from "../testing/createMemoryAuditStore.ts";
import { createMemoryNonceStore } from "../testing/createMemoryNonceStore.ts";
import { createMemorySessionStore } from "../testing/createMemorySessionStore.ts";
import { createMemoryWebhookStore } from "../testing/createMemoryWebhookStore.ts";
import { createMemoryIdempotencyStore } from "./idempotency/createMemoryIdempotencyStore.ts";
import type { IdempotencyStore } from "./idempotency/IdempotencyStore.ts";
import { openIdempotencyStore } from "./idempotency/openIdempotencyStore.ts";
import type { NonceStore } from "./signatures/index.ts";
import { openNonceStore } from "./signatures/openNonceStore.ts";
import { countingRandom, TestTime } from "./testing/TestTime.ts";

interface Stores {
  answers(): Promise<IdempotencyStore>;
  nonces(time: TestTime): Promise<NonceStore>;
  keys(): Promise<ApiKeyStore>;
  sessions(): Promise<SessionStore>;
  audit(): Promise<AuditStore>;
  webhooks(): Promise<WebhookStore>;
}

const HOSTILE = ["'; DROP TABLE keys; --", '"', "\\", "%", "$1", "é🙂", "\u202e"];

const NOW_MS = 1_790_000_000_000;
const ADMIN: Principal = {
  id: "user:a",
  kind: "user",
  role: "admin",
  customerId: undefined,
  scopes: "all",
};
const random = countingRandom();
const SESSION: Session = {
  id: "a",
  principalId: "user:alice",
  role: "viewer",
  provider: "openId",
  createdAtMs: 1,
  lastSeenAtMs: 1,
  expiresAtMs: 50,
  client: { address: "192.0.2.7", userAgent: "Firefox" },
};

function readingBeside(store: ApiKeyStore, happens: () => Promise<unknown>): ApiKeyStore {
  let isFirst = true;
  return {
    ...store,
    async find(id) {
      const key = await store.find(id);
      const isNow = isFirst;
      isFirst = false;
      if (isNow) await happens();
      return key;
    },
  };
}

function storesSuite(open: Stores): void {
  it("answers: of concurrent requests one starts; the others wait and return its answer", async () => {
    const store = await open.answers();
    const request = { owner: "user:a", key: "k", fingerprint: "f" };
    const begun = await Promise.all(Array.from({ length: 8 }, () => store.begin(request, 100, 200)));
    expect(begun.filter(({ kind }) => kind === "begun")).toHaveLength(1);
    expect(begun.filter(({ kind }) => kind === "running")).toHaveLength(7);
    expect(await store.begin({ ...request, fingerprint: "g" }, 100, 200)).toEqual({ kind: "reused" });
    const answer = { status: 201, headers: { location: "/x" }, body: new Uint8Array([0, 1, 255]) };
    await store.finish(request, answer, 1_000);
    const again = await store.begin(request, 300, 400);
    expect(again).toMatchObject({ kind: "answered", answer: { status: 201, headers: answer.headers } });
    expect(again.kind === "answered" && [...again.answer.body]).toEqual([0, 1, 255]);
    expect(await store.begin({ ...request, fingerprint: "g" }, 1_000, 2_000)).toEqual({ kind: "begun" });
  });

  it("answers: a released or expired lease starts again", async () => {
    const store = await open.answers();
    const request = { owner: "user:a", key: "k", fingerprint: "f" };
    await store.begin(request, 100, 200);
    await store.abandon(request);
    expect(await store.begin(request, 100, 200)).toEqual({ kind: "begun" });
    expect(await store.begin(request, 199, 300)).toEqual({ kind: "running" });
    expect(await store.begin(request, 200, 300)).toEqual({ kind: "begun" });
    expect(await store.begin({ ...request, owner: "user:b" }, 200, 300)).toEqual({ kind: "begun" });
  });

  it("nonces: each once, until it expires", async () => {
    const time = new TestTime(1_000);
    const store = await open.nonces(time);
    const used = await Promise.all(Array.from({ length: 8 }, () => store.use("k", "n", 2_000)));
    expect(used.filter(Boolean)).toHaveLength(1);
    expect(await store.use("other", "n", 2_000)).toBe(true);
    time.move(1_000);
    expect(await store.use("k", "n", 3_000)).toBe(true);
  });

  it("keys: are found, listed and changed; the last use only increases", async () => {
    const store = await open.keys();
    const key: ApiKey = {
      id: "b",
      name: HOSTILE.join(" "),
      role: "customer",
      customerId: HOSTILE.join(""),
      scopes: ["ledger:read", "*"],
      secretHash: new Uint8Array(32).fill(1),
      previousSecretHash: undefined,
      previousUntilMs: undefined,
      createdBy: "user:a",
      createdAtMs: 1_790_000_000_000,
      expiresAtMs: undefined,
      revokedAtMs: undefined,
      lastUsedAtMs: undefined,
    };
    await store.insert(key);
    await store.insert({ ...key, id: "a", role: "admin", customerId: undefined });
    expect(await store.find("b")).toEqual(key);
    const ended: ApiKey = {
      ...key,
      id: "0",
      previousSecretHash: new Uint8Array(32).fill(3),
      previousUntilMs: 1,
      expiresAtMs: 2,
      revokedAtMs: 3,
      lastUsedAtMs: 4,
    };
    await store.insert(ended);
    expect(await store.find("0")).toEqual(ended);
    expect(await store.find("a\0")).toBeUndefined();
    expect((await store.list(undefined, 10)).map(({ id }) => id)).toEqual(["0", "a", "b"]);
    expect((await store.list("a", 10)).map(({ id }) => id)).toEqual(["b"]);
    await store.touch("b", 20);
    await store.touch("b", 10);
    const to = { secretHash: new Uint8Array(32).fill(2), previousUntilMs: 5 };
    const rotated = { ...key, ...to, previousSecretHash: key.secretHash, lastUsedAtMs: 20 };
    expect(await store.rotate("b", key.secretHash, to)).toEqual(rotated);
    expect(await store.rotate("b", key.secretHash, to)).toBeUndefined();
    for (const atMs of [6, 7]) expect(await store.revoke("b", atMs)).toEqual({ ...rotated, revokedAtMs: 6 });
    expect(await store.rotate("b", to.secretHash, to)).toBeUndefined();
    expect(await store.find("b")).toEqual({ ...rotated, revokedAtMs: 6 });
    expect(await store.revoke("c", 6)).toBeUndefined();
  });

  it("sessions: are found, listed newest first, touched, ended and swept", async () => {
    const store = await open.sessions();
    const late = { ...SESSION, id: "b", principalId: "user:bob", role: undefined, expiresAtMs: 60 };
    const later = { ...SESSION, id: "c" };
    for (const session of [later, SESSION, late]) await store.insert(session);
    expect(await store.find("b")).toEqual(late);
    expect(await store.find("none")).toBeUndefined();
    const idsOf = async (query: object, limit = 10) =>
      (await store.list({ nowMs: 49, ...query }, limit)).map(({ id }) => id);
    expect(await idsOf({})).toEqual(["c", "b", "a"]);
    expect(await idsOf({}, 2)).toEqual(["c", "b"]);
    expect(await idsOf({ beforeId: "c" })).toEqual(["b", "a"]);
    expect(await idsOf({ principalId: "user:alice" })).toEqual(["c", "a"]);
    expect(await idsOf({ principalId: "user:alice", beforeId: "c" })).toEqual(["a"]);
    expect(await idsOf({ nowMs: 50 })).toEqual(["b"]);
    await store.touch("a", 9);
    await store.touch("a", 8);
    expect(await store.find("a")).toEqual({ ...SESSION, lastSeenAtMs: 9 });
    expect(await store.end("a")).toMatchObject({ id: "a", principalId: "user:alice" });
    expect(await store.end("a")).toBeUndefined();
    expect(await store.sweep(59)).toBe(1);
    await store.insert(SESSION);
    await store.insert(later);
    expect(await store.endAll("user:alice")).toBe(2);
    expect(await idsOf({})).toEqual(["b"]);
  });

  it("API_KEY_REVOKED: keys: a revocation during a rotation takes effect", async () => {
    const { key, text, store, apiKeys } = await openKey();
    const rotating = openKeys(readingBeside(store, () => apiKeys.revoke(key.id)));
    const refused = { code: "API_KEY_REVOKED" };
    await expect(rotating.rotate(key.id, 60_000, ADMIN)).rejects.toMatchObject(refused);
    await expect(apiKeys.authenticate(text)).rejects.toMatchObject(refused);
    expect((await apiKeys.revoke(key.id))?.revokedAtMs).toBe(NOW_MS);
  });

  it("keys: two concurrent rotations give two valid secrets", async () => {
    const { key, store, apiKeys } = await openKey();
    const texts: string[] = [];
    const rotate = async (keys: ApiKeys) => texts.push((await keys.rotate(key.id, 60_000, ADMIN))!.text);
    await rotate(openKeys(readingBeside(store, () => rotate(apiKeys))));
    expect(new Set(texts).size).toBe(2);
    for (const text of texts) expect(await apiKeys.authenticate(text)).toMatchObject({ id: `key:${key.id}` });
  });

  const openKeys = (store: ApiKeyStore) => createApiKeys({ store, clock: new TestTime(NOW_MS), random });
  async function openKey() {
    const store = await open.keys();
    const apiKeys = openKeys(store);
    const grant = { name: "import", role: "operator", scopes: ["ledger:write"] } as const;
    return { ...(await apiKeys.create(grant, ADMIN)), store, apiKeys };
  }

  it("audit: several writers make one chain, and any text survives a round trip", async () => {
    const store = await open.audit();
    const writers = [1, 2].map(() => createAuditLog({ store, clock: new TestTime() }));
    const event = {
      actor: "a\0\ud800",
      action: "x",
      subject: HOSTILE.join(""),
      outcome: "done",
      correlationId: "c",
    } as const;
    await Promise.all(
      writers.flatMap((log) => [1, 2, 3].map(() => log.append({ ...event, facts: { "k\0": "v" } }))),
    );
    expect(await verifyAuditLog(store)).toMatchObject({ entryCount: 6, broken: undefined });
    const [entry] = await store.read(5, 10);
    expect(entry).toMatchObject({ ...event, sequence: 5, facts: { "k\0": "v" } });
  });

  it("audit: concurrent writers in several processes lose no entry", async () => {
    const store = await open.audit();
    const event = { actor: "a", action: "x", subject: "", outcome: "done", correlationId: "c" } as const;
    const appends = Array.from({ length: 30 }, () =>
      createAuditLog({ store, clock: new TestTime() }).append({ ...event, facts: {} }),
    );
    const sequences = (await Promise.all(appends)).map(({ sequence }) => sequence);
    expect(new Set(sequences).size).toBe(30);
    expect(await verifyAuditLog(store)).toMatchObject({ entryCount: 30, broken: undefined });
  });

  it("webhooks: are filtered by event, and deleted with their deliveries", async () => {
    const store = await open.webhooks();
    const webhook: Webhook = {
      id: "w",
      url: "https://x.example/'",
      eventTypes: ["a.b"],
      createdBy: "u",
      createdAtMs: 1,
    };
    await store.insertWebhook(webhook);
    await store.insertWebhook({ ...webhook, id: "all", eventTypes: ["*"] });
    expect((await store.webhooksFor("a.b")).map(({ id }) => id).sort()).toEqual(["all", "w"]);
    expect((await store.webhooksFor("c")).map(({ id }) => id)).toEqual(["all"]);
    const delivery: Delivery = {
      id: "d",
      webhookId: "w",
      event: { id: "e", type: "a.b", timeMs: 1, data: { text: "\0" } },
      state: "waiting",
      attempts: 0,
      createdAtMs: 1,
      nextAttemptAtMs: 2,
      lastOutcome: undefined,
    };
    expect(await store.insertDelivery(delivery)).toBe(true);
    expect(await store.insertDelivery(delivery)).toBe(false);
    const claims = await Promise.all([store.claimDelivery(delivery, 9), store.claimDelivery(delivery, 9)]);
    expect(claims.toSorted()).toEqual([false, true]);
    expect(await store.findDelivery("d")).toEqual({ ...delivery, nextAttemptAtMs: 9 });
    expect(await store.claimDelivery({ ...delivery, attempts: 1, nextAttemptAtMs: 9 }, 10)).toBe(false);
    await store.updateDelivery({
      ...delivery,
      state: "dead",
      nextAttemptAtMs: undefined,
      lastOutcome: "503",
    });
    expect(await store.listDeliveries("w", "waiting", undefined, 10)).toEqual([]);
    expect(await store.listDeliveries("w", "dead", undefined, 10)).toMatchObject([
      { id: "d", lastOutcome: "503" },
    ]);
    const dead = (await store.findDelivery("d"))!;
    expect(await store.claimDelivery(dead, 10)).toBe(false);
    expect(await store.removeDeliveries("dead", 1, false)).toBe(0);
    expect(await store.removeDeliveries("delivered", 2, false)).toBe(0);
    expect(await store.removeDeliveries("dead", 2, true)).toBe(1);
    expect(await store.removeDeliveries("dead", 2, false)).toBe(1);
    expect(await store.findDelivery("d")).toBeUndefined();
    expect(await store.insertDelivery(delivery)).toBe(true);
    expect(await store.removeWebhook("w")).toBe(true);
    expect(await store.removeWebhook("w")).toBe(false);
    expect(await store.findDelivery("d")).toBeUndefined();
  });
}

describe("in-memory stores", () => {
  storesSuite({
    answers: async () => createMemoryIdempotencyStore(),
    nonces: async (clock) => createMemoryNonceStore({ clock }),
    keys: async () => createMemoryApiKeyStore(),
    sessions: async () => createMemorySessionStore(),
    audit: async () => createMemoryAuditStore(),
    webhooks: async () => createMemoryWebhookStore(),
  });
});

describeDatabases("stores", (under) => {
  let count = 0;
  const fresh = (): string => `stores_${count++}`;
  const masterKeys = () => [new Uint8Array(32).fill(1)];
  const atRest = (): Promise<AtRest> =>
    openAtRest({ schema: "stores_at_rest" }, { database: under.database(), masterKeys, random });
  storesSuite({
    answers: () => openIdempotencyStore(under.database(), fresh()),
    nonces: (clock) => openNonceStore(under.database(), fresh(), { clock }),
    keys: () => openApiKeyStore(under.database(), fresh()),
    sessions: async () => openSessionStore(under.database(), fresh(), await atRest()),
    audit: () => openAuditStore(under.database(), fresh()),
    webhooks: () => openWebhookStore(under.database(), fresh()),
  });

  it("sweep expired entries", async () => {
    const answers = await openIdempotencyStore(under.database(), fresh());
    await answers.begin({ owner: "a", key: "k", fingerprint: "f" }, 1, 2);
    expect(await answers.sweep(2)).toBe(1);
    const time = new TestTime(5);
    const nonces = await openNonceStore(under.database(), fresh(), { clock: time });
    await nonces.use("k", "n", 5);
    await nonces.sweep();
    expect(await nonces.use("k", "n", 9)).toBe(true);
  });

  it("GUARD-14, REST-1: sessions of a database are shared, and its rows name nobody", async () => {
    const schema = fresh();
    const [here, there] = await Promise.all(
      [1, 2].map(async () => openSessionStore(under.database(), schema, await atRest())),
    );
    await here!.insert(SESSION);
    expect(await there!.find(SESSION.id)).toEqual(SESSION);
    const { rows } = await under.database().query(`SELECT to_json(s)::text AS row FROM ${schema}.sessions s`);
    for (const text of ["alice", "192.0.2.7", "Firefox"]) expect(String(rows[0]!.row)).not.toContain(text);
    await there!.end(SESSION.id);
    expect(await here!.find(SESSION.id)).toBeUndefined();
  });

  it("the database itself refuses to change the audit log", async () => {
    const schema = fresh();
    const store = await openAuditStore(under.database(), schema);
    await createAuditLog({ store, clock: new TestTime() }).append({
      actor: "a",
      action: "x",
      subject: "",
      outcome: "done",
      correlationId: "c",
      facts: {},
    });
    for (const attack of ["UPDATE ENTRIES SET actor = 'x'", "DELETE FROM ENTRIES", "TRUNCATE ENTRIES"]) {
      await expect(under.database().script(attack.replace("ENTRIES", `${schema}.entries`))).rejects.toThrow();
    }
    expect(await verifyAuditLog(store)).toMatchObject({ entryCount: 1, broken: undefined });
  });
});
