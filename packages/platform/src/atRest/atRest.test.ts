import { describeDatabases, SILENT } from "@trellis/kit/databases";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAuditLog, openAuditStore, verifyAuditLog } from "../audit/index.ts";
import { openApiKeyStore } from "../auth/index.ts";
import { openEvents } from "../events/index.ts";
import { openIdempotencyStore } from "../http/index.ts";
import { openWebhookStore } from "../notify/index.ts";
import { createEnvelope, masterKeyOf } from "../secrets/index.ts";
import { LiveColumnCipher } from "./ColumnCipher.ts";
import { type AtRest, openAtRest } from "./openAtRest.ts";
import { textCipher } from "./TextCipher.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const cipherOf = (column: string, ...keys: Uint8Array[]) =>
  new LiveColumnCipher(column, () => keys, SILENT.random);

describe("column cipher", () => {
  const cipher = cipherOf("a", key(1));

  it("REST-1: opens what it sealed, only in its column and row", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 50 }), (plain, row) => {
        const sealed = cipher.seal(row, plain);
        expect(new Uint8Array(cipher.open(row, sealed))).toEqual(plain);
        expect(() => cipher.open(`${row}x`, sealed)).toThrowError(code("ENVELOPE_BROKEN"));
        expect(() => cipherOf("b", key(1)).open(row, sealed)).toThrowError(code("ENVELOPE_BROKEN"));
      }),
    );
  });

  it("REST-1, ENVELOPE_BROKEN, ENVELOPE_KEY_UNKNOWN: any byte changed, cut or added, and arbitrary bytes", () => {
    const sealed = new Uint8Array(cipher.seal("a", key(5)));
    const refused = (bytes: Uint8Array) => {
      expect(() => cipher.open("a", bytes)).toThrowError(
        expect.objectContaining({ code: expect.stringMatching(/^ENVELOPE_(?:BROKEN|KEY_UNKNOWN)$/) }),
      );
    };
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = sealed.slice();
      changed[index]! ^= 0x80;
      refused(changed);
      refused(sealed.slice(0, index));
    }
    refused(Uint8Array.of(...sealed, 0));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), refused));
    const text = textCipher(cipher);
    fc.assert(
      fc.property(fc.string(), (stored) => {
        expect(() => text.open("a", stored)).toThrowError(
          expect.objectContaining({ code: expect.stringMatching(/^ENVELOPE_/) }),
        );
      }),
    );
  });

  it("REST-1: 10,000 values have different nonces; equal values differ", () => {
    const nonces = Array.from({ length: 10_000 }, () =>
      cipher.seal("a", key(5)).subarray(9, 21).toString("hex"),
    );
    expect(new Set(nonces).size).toBe(10_000);
  });

  it("REST-4: the newest key seals, all keys open; keys may change", () => {
    const keys = [key(1)];
    const live = new LiveColumnCipher("a", () => keys, SILENT.random);
    const old = live.seal("r", key(5));
    keys.unshift(key(2));
    const fresh = live.seal("r", key(5));
    expect(live.open("r", old)).toEqual(live.open("r", fresh));
    expect(fresh.subarray(0, live.prefix.length)).toEqual(live.prefix);
    keys.pop();
    expect(() => live.open("r", old)).toThrowError(code("ENVELOPE_KEY_UNKNOWN"));
    expect(masterKeyOf(fresh)).toBe(masterKeyOf(createEnvelope([key(2)], SILENT.random).prefix));
  });
});

describeDatabases("encryption at rest", (under) => {
  let count = 0;
  const fresh = () => `rest_${count++}`;
  const open = (schema: string, ...keys: Uint8Array[]): Promise<AtRest> =>
    openAtRest(
      { schema: `${schema}_at_rest` },
      { database: under.database(), masterKeys: () => keys, random: SILENT.random },
    );
  const dump = async (...schemas: string[]): Promise<string> => {
    const tables = await under
      .database()
      .query(`SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname = ANY($1)`, [
        schemas,
      ]);
    const texts = await Promise.all(
      tables.rows.map(async ({ name }) =>
        JSON.stringify((await under.database().query(`SELECT row::text FROM ${name} AS row`)).rows),
      ),
    );
    return texts.join("\n");
  };
  const EVENT = {
    actor: "alice-canary",
    action: "customer.erased",
    subject: "bob-canary",
    outcome: "done",
    correlationId: "1",
    facts: { customer: "carol-canary" },
  } as const;

  it("REST-2: indexes are equal for equal texts, and differ by name and database", async () => {
    const [one, other] = [await open(fresh(), key(1)), await open(fresh(), key(1))];
    expect(one.index("a")("x")).toEqual(one.index("a")("x"));
    for (const different of [one.index("b")("x"), one.index("a")("y"), other.index("a")("x")])
      expect(different).not.toEqual(one.index("a")("x"));
  });

  it("REST-2, ENVELOPE_KEY_UNKNOWN: other keys find nothing; rotation keeps the indexes", async () => {
    const schema = fresh();
    const index = (await open(schema, key(1))).index("a")("x");
    const otherwise = await open(schema, key(3));
    expect(() => otherwise.index("a")("x")).toThrowError(code("ENVELOPE_KEY_UNKNOWN"));
    await (await open(schema, key(2), key(1))).reseal();
    expect((await open(schema, key(2))).index("a")("x")).toEqual(index);
  });

  it("REST-3, REST-5: audit, events, webhooks, keys and answers: written, converted, rotated", async () => {
    const schema = fresh();
    const [audits, events, hooks, keys, http] = ["audit", "events", "hooks", "keys", "http"].map(
      (name) => `${schema}_${name}`,
    ) as [string, string, string, string, string];
    const all = [audits, events, hooks, keys, http];
    const opened = async (atRest?: AtRest) => {
      const database = under.database();
      return {
        audit: await openAuditStore(database, audits, atRest),
        events: await openEvents({ schema: events }, { ...SILENT, database, ...(atRest && { atRest }) }),
        hooks: await openWebhookStore(database, hooks, atRest),
        keys: await openApiKeyStore(database, keys, atRest),
        http: await openIdempotencyStore(database, http, atRest),
      };
    };
    const request = { owner: "user:dora-canary", key: "k-canary", fingerprint: "f-canary" };
    const answer = { status: 200, headers: { etag: "e-canary" }, body: Buffer.from("body-canary") };
    const tables = await under.database().openSchema(`${schema}_tx`, []);
    const write = async (stores: Awaited<ReturnType<typeof opened>>, id: string) => {
      await createAuditLog({ store: stores.audit, clock: SILENT.clock }).append(EVENT);
      await tables.transaction(async (tx) => {
        await stores.events.publish(tx, [{ kind: "a", data: { customerId: "erin-canary" } }]);
      });
      const webhook = {
        id,
        url: "https://hook-canary/",
        eventTypes: ["*"],
        createdBy: "f-canary",
        createdAtMs: 1,
      };
      await stores.hooks.insertWebhook(webhook);
      await stores.hooks.insertDelivery({
        id,
        webhookId: id,
        event: { id, type: "a", timeMs: 1, data: { balance: "g-canary" } },
        state: "waiting",
        attempts: 0,
        createdAtMs: 1,
        nextAttemptAtMs: undefined,
        lastOutcome: undefined,
      });
      await stores.keys.insert({
        id: id.padEnd(16, "0"),
        name: "h-canary",
        role: "customer",
        customerId: "i-canary",
        scopes: ["*"],
        secretHash: key(1),
        previousSecretHash: undefined,
        previousUntilMs: undefined,
        createdBy: "j-canary",
        createdAtMs: 1,
        expiresAtMs: undefined,
        revokedAtMs: undefined,
        lastUsedAtMs: undefined,
      });
      await stores.http.begin({ ...request, key: `${request.key}${id}` }, 1, 10);
      await stores.http.finish({ ...request, key: `${request.key}${id}` }, answer, 1_000);
    };
    const check = async (stores: Awaited<ReturnType<typeof opened>>, ids: readonly string[]) => {
      expect(await verifyAuditLog(stores.audit)).toMatchObject({ entryCount: ids.length, broken: undefined });
      expect((await stores.audit.read(0, 9)).map(({ subject }) => subject)).toEqual(
        ids.map(() => "bob-canary"),
      );
      expect((await stores.events.read(0n, 9)).map(({ data }) => data)).toEqual(
        ids.map(() => ({ customerId: "erin-canary" })),
      );
      for (const id of ids) {
        expect(await stores.hooks.findWebhook(id)).toMatchObject({ url: "https://hook-canary/" });
        expect(await stores.hooks.findDelivery(id)).toMatchObject({
          event: { data: { balance: "g-canary" } },
        });
        expect(await stores.keys.find(id.padEnd(16, "0"))).toMatchObject({
          name: "h-canary",
          customerId: "i-canary",
          createdBy: "j-canary",
        });
        const again = await stores.http.begin({ ...request, key: `${request.key}${id}` }, 2, 10);
        expect(again).toMatchObject({ kind: "answered", answer: { status: 200, headers: answer.headers } });
      }
    };
    await write(await opened(), "1");
    expect(await dump(...all)).toContain("canary");

    const first = await open(schema, key(1));
    const stores = await opened(first);
    await check(stores, ["1"]);
    await write(stores, "2");
    await check(stores, ["1", "2"]);
    expect(await dump(...all)).not.toContain("canary");

    const both = await open(schema, key(2), key(1));
    const rotating = await opened(both);
    const aborter = new AbortController();
    await expect(
      both.reseal({ signal: aborter.signal, report: () => aborter.abort() }),
    ).rejects.toBeDefined();
    await check(rotating, ["1", "2"]);
    expect((await both.reseal()).count).toBeGreaterThan(0);
    expect(await both.reseal()).toEqual({ count: 0, unopenedCount: 0 });
    await check(await opened(await open(schema, key(2))), ["1", "2"]);
    await expect(
      under.database().script(`UPDATE ${audits}.entries SET actor = '"mallory"' WHERE sequence = 0`),
    ).rejects.toMatchObject({ facts: { constraint: "audit_append_only" } });
  });

  it("REST-1, ENVELOPE_BROKEN: a text that was put into another row, or is in the clear", async () => {
    const schema = fresh();
    const database = under.database();
    const events = await openEvents({ schema }, { ...SILENT, database, atRest: await open(schema, key(1)) });
    const tables = await database.openSchema(`${schema}_tx`, []);
    await tables.transaction(async (tx) => {
      await events.publish(
        tx,
        [1, 2].map((n) => ({ kind: "a", data: { n } })),
      );
    });
    await database.script(`UPDATE ${schema}.events SET data =
      (SELECT data FROM ${schema}.events WHERE sequence = 1) WHERE sequence = 2`);
    await expect(events.read(0n, 9)).rejects.toThrowError(code("ENVELOPE_BROKEN"));
    await database.script(`UPDATE ${schema}.events SET data = '{"n":3}'`);
    await expect(events.read(0n, 9)).rejects.toThrowError(code("ENVELOPE_BROKEN"));
  });

  it("REST-4, ENVELOPE_KEY_UNKNOWN: a value without key stops no other, and is reported at the end", async () => {
    const schema = fresh();
    const database = under.database();
    const lost = await openEvents({ schema }, { ...SILENT, database, atRest: await open(schema, key(9)) });
    const tables = await database.openSchema(`${schema}_tx`, []);
    const publish = (events: typeof lost) =>
      tables.transaction(async (tx) => void (await events.publish(tx, [{ kind: "a", data: { n: 1 } }])));
    await publish(lost);
    const known = await openEvents(
      { schema },
      { ...SILENT, database, atRest: await open(schema, key(1), key(9)) },
    );
    await publish(known);
    const both = await open(schema, key(2), key(1));
    await openEvents({ schema }, { ...SILENT, database, atRest: both });
    await expect(both.reseal()).rejects.toMatchObject({
      code: "ENVELOPE_KEY_UNKNOWN",
      facts: { unopenedCount: 2, count: 1 },
    });
  });
});
