import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Scheduler } from "@trellis/base";
import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { VirtualTime } from "@trellis/kit/time";
import { API_KEY_SIZE, apiKeyOf, createApiKeys, formatApiKey, parseApiKey } from "@trellis/platform/auth";
import { dbErrors } from "@trellis/platform/db";
import { type Events, openEvents } from "@trellis/platform/events";
import { keyRingFile } from "@trellis/platform/keys";
import { firstAdminKey, openServiceKeys, type ProcessIo, webhookKey } from "@trellis/platform/service";
import { createMemoryApiKeyStore, createMemoryWebhookStore } from "@trellis/platform/testing";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHeadSigner, createTransparencyLog, leafHash, verifyInclusion } from "../log/index.ts";
import { createMemoryWitnessMemory } from "../log/testing/createMemoryWitnessMemory.ts";
import type { Incident } from "../reconciliation/index.ts";
import { refusal } from "../testing/refusal.ts";
import { testAtRest } from "../testing/testAtRest.ts";
import { fileWitnessMemory } from "./fileWitnessMemory.ts";
import { openAddresses } from "./openAddresses.ts";
import { claimsOf } from "./openAttestations.ts";
import { openDeliveries } from "./openDeliveries.ts";
import { openIncidents } from "./openIncidents.ts";
import { openLogStore } from "./openLogStore.ts";
import { openPublisher } from "./openPublisher.ts";
import { openServiceStore, SERVICE_STEPS, type ServiceStore, type ServiceTables } from "./schema.ts";
import { takeSnapshot } from "./takeSnapshot.ts";
import { watchLog } from "./watchLog.ts";

const account = privateKeyToAccount(`0x${"11".repeat(32)}`);
const SNAPSHOT_ID = `0x${"0a".repeat(32)}` as const;

function countLeftOut() {
  const leftOut: object[] = [];
  const counter = () => ({ add: (_: number, labels: object) => void leftOut.push(labels) });
  return { leftOut, metrics: { ...SILENT.metrics, counter } as typeof SILENT.metrics };
}

const folder = mkdtempSync(join(tmpdir(), "trellis-reserves-stores-"));
afterAll(() => rmSync(folder, { recursive: true }));

describeDatabases("what the reserves service keeps", (under) => {
  let tables: ServiceStore;
  let events: Events;
  beforeAll(async () => {
    const database = under.database();
    tables = await openServiceStore(database, "service");
    events = await openEvents({ schema: "service_events" }, { ...SILENT, database });
  });

  it("LOG_APPEND_CONFLICT: one of two concurrent appends succeeds, and entries are found by their bytes", async () => {
    const store = openLogStore(tables);
    const log = createTransparencyLog({ store });
    const entries = Array.from({ length: 300 }, (_, n) => ({ type: "audit" as const, body: { n } }));
    await log.append(entries.slice(0, 255));
    await log.append(entries.slice(255));
    const [bytes] = await log.entries(257, 258);
    expect(await store.placeOf(bytes!)).toBe(257);
    expect(await store.placeOf(new Uint8Array(3))).toBeUndefined();
    verifyInclusion({
      leafHash: leafHash(bytes!),
      index: 257,
      size: 300,
      root: await log.root(300),
      proof: await log.inclusionProof(257, 300),
    });
    const stale = { sizeBefore: 299, sizeAfter: 300, entries: [bytes!], tiles: [] };
    await expect(store.commit(stale)).rejects.toThrowError(refusal("LOG_APPEND_CONFLICT"));
    expect(await store.size()).toBe(300);
  });

  it("LOG-17, LOG_ROLLED_BACK: a database older than the last signed head accepts no entries, and it is reported", async () => {
    const signer = createHeadSigner("c", "ed25519", new Uint8Array(32).fill(1));
    const memory = createMemoryWitnessMemory();
    const snapshots = {} as Parameters<typeof openPublisher>[1]["snapshots"];
    const publisher = openPublisher("c", { ...SILENT, tables, snapshots, memory, signer });
    const size = await publisher.log.size();
    const newest = { size: size + 1, root: new Uint8Array(32) };
    await memory.replace("c", undefined, newest);
    const rolledBack = {
      code: "LOG_ROLLED_BACK",
      facts: { signedSize: size + 1, size, reason: "the later head has fewer entries" },
    };
    await expect(publisher.append({ type: "audit", body: { other: 1 } })).rejects.toMatchObject(rolledBack);
    const take = takeSnapshot({ publisher } as unknown as Parameters<typeof takeSnapshot>[0]);
    await expect(take({} as Parameters<typeof take>[0])).rejects.toMatchObject(rolledBack);
    expect(await publisher.log.size()).toBe(size);

    const told: string[] = [];
    const log = { ...SILENT.log, error: (message: string) => void told.push(message) };
    let look = (): void => {};
    const scheduler = {
      after: (_: number, task: () => void) => {
        look = task;
        return { cancel: () => {} };
      },
    } as unknown as Scheduler;
    let askedCount = 0;
    const counting = {
      async requireContinued() {
        await publisher.requireContinued().finally(() => {
          askedCount += 1;
        });
      },
    };
    const watch = await watchLog(counting, { log, scheduler });
    expect(watch.check()).toContain("LOG_ROLLED_BACK");
    look();
    await expect.poll(() => askedCount).toBe(2);
    await publisher.log.append([{ type: "audit", body: { other: 2 } }]);
    const head = { size: size + 1, root: await publisher.log.root(size + 1) };
    await memory.replace("c", newest, head);
    const lookAgain = (): ReturnType<typeof watch.check> => {
      look();
      return watch.check();
    };
    await expect.poll(lookAgain).toBeUndefined();
    expect(told).toHaveLength(1);
  });

  it("CHALLENGE_REFUSED, ADDRESS_CLAIMED_TWICE, ADDRESS_CLAIMED_BY_ANOTHER, SNAPSHOT_UNKNOWN: an address is claimed once", async () => {
    const record = { snapshotId: SNAPSHOT_ID, blockHeights: { "eip155:1": 7 }, timeMs: 1 };
    const snapshots = {
      list: async () => [{ number: 1, state: "signed", position: 1n, timeMs: 1 }],
      record: async () => ({ record }),
    } as unknown as Parameters<typeof openAddresses>[1]["snapshots"];
    const addresses = openAddresses("exchange.example", { ...SILENT, tables, snapshots });
    const place = { chain: "eip155:1", address: account.address };
    const claimOf = async (register = addresses) => {
      const challenge = await register.challenge({ ...place, snapshotId: SNAPSHOT_ID });
      const signature = await account.signMessage({ message: challenge });
      return { challenge, method: "eip191", signature };
    };
    const claim = await claimOf();
    const claimed = await addresses.claim(claim);
    expect(claimed).toMatchObject({ address: account.address.toLowerCase(), method: "eip191" });
    await expect(addresses.claim(claim)).rejects.toThrowError(refusal("CHALLENGE_REFUSED: answered already"));
    await expect(addresses.claim(await claimOf())).rejects.toThrowError(refusal("ADDRESS_CLAIMED_TWICE"));
    expect(await addresses.list(undefined, 5)).toEqual([claimed]);
    expect(await addresses.list(`${claimed.chain} ${claimed.address}`, 5)).toEqual([]);
    const rival = openAddresses("rival.example", { ...SILENT, tables, snapshots });
    const theirs = await claimOf(rival);
    await expect(rival.claim(theirs)).rejects.toThrowError(refusal("ADDRESS_CLAIMED_BY_ANOTHER"));
    expect(await rival.release(claimed.chain, claimed.address)).toBe(false);
    expect(await addresses.release(claimed.chain, claimed.address)).toBe(true);
    expect(await addresses.release(claimed.chain, claimed.address)).toBe(false);
    expect(await rival.claim(theirs)).toMatchObject({ address: claimed.address });
    await expect(addresses.claim(await claimOf())).rejects.toThrowError(
      refusal("ADDRESS_CLAIMED_BY_ANOTHER"),
    );
    const other = { ...place, snapshotId: `0x${"0b".repeat(32)}` };
    await expect(addresses.challenge(other)).rejects.toThrowError(refusal("SNAPSHOT_UNKNOWN"));
  });

  it("OWN-5: in an older database a withdrawn address no longer counts", async () => {
    const database = under.database();
    const schema = "service_from_before";
    const before = await database.openSchema<ServiceTables>(schema, SERVICE_STEPS.slice(0, 3));
    const [givenUp, held] = [account.address.toLowerCase(), `0x${"0c".repeat(20)}`];
    const later = `0x${"0b".repeat(32)}`;
    const claim = { chain: "eip155:1", method: "eip191", claimed_at_ms: 1n };
    const evidence = [givenUp, held].flatMap((address) =>
      [SNAPSHOT_ID, later].map((snapshot_id) => ({
        ...claim,
        address,
        snapshot_id,
        challenge: "c",
        signature: "s",
        is_released: address === givenUp && snapshot_id === later,
      })),
    );
    await before.db.insertInto("claim_evidence").values(evidence).execute();
    const standing = { ...claim, address: held, custodian: "exchange.example", snapshot_id: later };
    await before.db.insertInto("claims").values(standing).execute();

    const { db } = await database.openSchema<ServiceTables>(schema, SERVICE_STEPS);
    for (const snapshotId of [SNAPSHOT_ID, later]) {
      const counted = [{ chain: claim.chain, address: held, method: claim.method }];
      expect(await claimsOf({ db }, snapshotId)).toEqual(counted);
    }
  });

  it("an incident is opened once, updated, acknowledged, and closed when resolved", async () => {
    const incidents = openIncidents({ ...SILENT, tables, events });
    const incident: Incident = {
      key: "TREE_DIFFERS_FROM_LEDGER:BTC",
      kind: "TREE_DIFFERS_FROM_LEDGER",
      severity: "critical",
      asset: "BTC",
      expected: "5",
      got: "4",
      difference: "-1",
    };
    await incidents.record([incident]);
    await incidents.record([incident]);
    expect(await incidents.list({ isOpen: undefined }, undefined, 5)).toHaveLength(1);
    await incidents.record([{ ...incident, got: "3", difference: "-2" }]);
    const [open] = await incidents.list({ isOpen: true }, undefined, 5);
    const { id, version } = open!;
    expect(await incidents.acknowledge(id, version - 1, "a", "late")).toBeUndefined();
    expect(await incidents.acknowledge(id, version, "a", "seen")).toMatchObject({ got: "3", note: "seen" });
    await incidents.record([]);
    expect(await incidents.list({ isOpen: true }, undefined, 5)).toEqual([]);
    expect(await incidents.find(id)).toMatchObject({ acknowledgedBy: "a", version: version + 2 });
    expect(await incidents.find("0")).toBeUndefined();
    const told = (await events.read(0n, 10)).map(({ kind }) => kind);
    expect(told).toEqual(["incident.opened", "incident.closed"]);
  });

  it("REST-3: amounts of incidents, notes and names of operators are encrypted", async () => {
    const database = under.database();
    const sealed = await openServiceStore(database, "service_sealed", await testAtRest(database));
    const others = await openEvents({ schema: "service_sealed_events" }, { ...SILENT, database });
    const incidents = openIncidents({ ...SILENT, tables: sealed, events: others });
    const amounts = { expected: "canary 5", got: "canary 4", difference: "canary 1" };
    const kind = "TREE_DIFFERS_FROM_LEDGER";
    await incidents.record([{ key: kind, kind, severity: "critical", ...amounts }]);
    expect(await incidents.acknowledge("1", 1, "user:canary", "canary note")).toMatchObject({
      ...amounts,
      acknowledgedBy: "user:canary",
      note: "canary note",
    });
    const { rows } = await database.query("SELECT row::text FROM service_sealed.incidents AS row");
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain("canary");
  });

  it("webhooks receive every event since the last process, each by one delivery", async () => {
    const store = createMemoryWebhookStore();
    const webhook = { id: "w", url: "https://receiver.example/", eventTypes: ["*"] };
    await store.insertWebhook({ ...webhook, createdBy: "a", createdAtMs: 1 });
    const queued: object[] = [];
    const jobs = {
      add: async (_: string, data: object, options?: object) => {
        queued.push({ ...data, ...options });
        return "1";
      },
    };
    const { key } = webhookKey("k", new Uint8Array(32).fill(1));
    const ports = { ...SILENT, tables, store, jobs, events, key };
    const relayed = async () =>
      (await tables.db.selectFrom("relay").select("position").executeTakeFirst())?.position;
    for (const _ of [1, 2]) {
      const relay = openDeliveries(ports, { allowPrivate: false }).relay();
      await expect.poll(relayed).toBe(await events.newest());
      await relay.stop();
    }
    const deliveries = await store.listDeliveries("w", "waiting", undefined, 10);
    expect(deliveries).toHaveLength(2);
    expect(queued).toEqual(deliveries.map(() => ({ deliveryId: expect.any(String), attempts: 0 })));
    expect(await openDeliveries(ports, { allowPrivate: false }).sweep()).toBe(0);
    const later = { nowMs: () => SILENT.clock.nowMs() + 600_000 };
    expect(await openDeliveries({ ...ports, clock: later }, { allowPrivate: false }).sweep()).toBe(2);
  });

  it("webhooks resume when the database is back, and the outage is reported", async () => {
    const store = createMemoryWebhookStore();
    await store.insertWebhook({
      id: "w",
      url: "https://receiver.example/",
      eventTypes: ["*"],
      createdBy: "a",
      createdAtMs: 1,
    });
    const publish = (...kinds: string[]) =>
      tables.transaction((tx) =>
        events.publish(
          tx,
          kinds.map((kind) => ({ kind, data: {} })),
        ),
      );
    const { key } = webhookKey("k", new Uint8Array(32).fill(1));
    const time = new VirtualTime();
    let roomCount = 1;
    const jobs = {
      async add() {
        if (roomCount === 0) throw dbErrors.DB_CONNECTION_LOST();
        roomCount -= 1;
        return "1";
      },
    };
    const told = async () =>
      (await tables.db.selectFrom("relay").select("position").executeTakeFirst())!.position;
    const before = await events.newest();
    await tables.db.updateTable("relay").set({ position: before }).execute();
    let followed: number | undefined;
    const set = (now: number): void => {
      followed = now;
    };
    const metrics = { ...SILENT.metrics, gauge: () => ({ set }) };
    const ports = { ...SILENT, scheduler: time, tables, store, jobs, events, key, metrics };
    const relay = openDeliveries(ports, { allowPrivate: false }).relay();
    await publish("first", "second");
    await expect.poll(() => followed).toBe(0);
    expect(await told(), "what was told is not told again").toBe(before + 1n);
    roomCount = 2;
    await time.run(10_000);
    await expect.poll(() => followed).toBe(1);
    await publish("third");
    await expect.poll(told).toBe(before + 3n);
    expect(roomCount).toBe(0);
    await relay.stop();
  });

  it("API-16: an undeliverable event is skipped after some attempts, and later events are delivered", async () => {
    const time = new VirtualTime();
    const { key } = webhookKey("k", new Uint8Array(32).fill(1));
    const { leftOut, metrics } = countLeftOut();
    const jobs = { add: async () => "1" };
    const store = createMemoryWebhookStore();
    const ports = { ...SILENT, scheduler: time, tables, store, jobs, events, key, metrics };
    await tables.db
      .updateTable("relay")
      .set({ position: await events.newest() })
      .execute();
    const attestation = (isCovered: boolean) => ({
      kind: "attestation.published",
      data: { id: "1", snapshotId: "s", isCovered },
    });
    await tables.transaction((tx) =>
      events.publish(tx, [attestation(true), attestation(false), attestation(true)]),
    );
    let attempts = 0;
    let isDown = true;
    const toldOf: string[] = [];
    const notifier = {
      async notify({ severity }: { severity: string }) {
        if (isDown) throw dbErrors.DB_CONNECTION_LOST();
        if (severity === "warning") {
          attempts += 1;
          throw new TypeError("this one never");
        }
        toldOf.push(severity);
      },
    };
    const relay = openDeliveries(ports, { allowPrivate: false }).relay(notifier);
    for (let n = 0; n < 20; n += 1) await time.run(2_000);
    expect(leftOut, "for a database that is away nothing is left out").toEqual([]);
    isDown = false;
    await expect
      .poll(async () => {
        await time.run(2_000);
        return toldOf.length;
      })
      .toBe(2);
    expect(attempts).toBe(5);
    expect(leftOut).toEqual([{ kind: "attestation.published" }]);
    await relay.stop();
  });

  it("API-16: people are notified of an event that no webhook could receive", async () => {
    const time = new VirtualTime();
    const { key } = webhookKey("k", new Uint8Array(32).fill(1));
    const { leftOut, metrics } = countLeftOut();
    const store = createMemoryWebhookStore();
    const webhook = { id: "w", url: "https://receiver.example/", eventTypes: ["*"] };
    await store.insertWebhook({ ...webhook, createdBy: "a", createdAtMs: 1 });
    const jobs = { add: async () => Promise.reject(new TypeError("this one never")) };
    const ports = { ...SILENT, scheduler: time, tables, store, jobs, events, key, metrics };
    const newest = await events.newest();
    await tables.db.updateTable("relay").set({ position: newest }).execute();
    const data = { id: "1", snapshotId: "s", isCovered: false };
    await tables.transaction((tx) => events.publish(tx, [{ kind: "attestation.published", data }]));
    const told = new Set<string>();
    const notifier = { notify: async ({ subject }: { subject: string }) => void told.add(subject) };
    const relay = openDeliveries(ports, { allowPrivate: false }).relay(notifier);
    await expect
      .poll(async () => {
        await time.run(2_000);
        return leftOut.length;
      })
      .toBe(1);
    expect([...told]).toEqual(["Attestation 1: not every asset is covered"]);
    await relay.stop();
  });
});

describe("files of the reserves service", () => {
  const io = { environment: process.env } as ProcessIo;
  const keysIn = (keyFrom = "") => openServiceKeys({ dataDir: folder, keyFrom }, { ...SILENT, io });

  it("keys are created once, readable only by their owner, and separate per purpose", async () => {
    const { ring } = await keysIn();
    expect((await keysIn()).ring).toEqual(ring);
    expect(statSync(keyRingFile(folder)).mode & 0o777).toBe(0o600);
    const secrets = Object.values(ring.keys).flatMap((keys) => keys.map(({ secret }) => secret));
    expect(new Set(secrets.map((secret) => Buffer.from(secret).toString("hex"))).size).toBe(5);
  });

  it("SECRET_UNREADABLE", async () => {
    process.env.TEST_SERVICE_KEY = "hunter2";
    await expect(keysIn("env:TEST_SERVICE_KEY")).rejects.toThrowError(
      refusal("SECRET_UNREADABLE: invalid private key"),
    );
  });

  const seed = new Uint8Array(API_KEY_SIZE).fill(7);
  const storeOfKeys = () => {
    const store = createMemoryApiKeyStore();
    return { ...SILENT, store, apiKeys: createApiKeys({ ...SILENT, store }) };
  };

  it("the first admin's key is printed at each start, also by concurrent processes, until it is used", async () => {
    const ports = storeOfKeys();
    const [text, ...same] = await Promise.all([1, 2, 3].map(() => firstAdminKey(undefined, seed, ports)));
    expect(same).toEqual([text, text]);
    expect(await firstAdminKey(undefined, seed, ports)).toBe(text);
    expect(await ports.apiKeys.authenticate(text!)).toMatchObject({ role: "admin" });
    expect(await firstAdminKey(undefined, seed, ports)).toBeUndefined();
  });

  it("the first admin's key is neither printed nor created once there are others, or it was revoked", async () => {
    const ports = storeOfKeys();
    const text = await firstAdminKey(undefined, seed, ports);
    await ports.apiKeys.revoke(parseApiKey(text!).id);
    expect(await firstAdminKey(undefined, seed, ports)).toBeUndefined();
    expect(await firstAdminKey(undefined, new Uint8Array(API_KEY_SIZE), ports)).toBeUndefined();
  });

  it("API_KEY_UNKNOWN: accepts an admin's key created elsewhere", async () => {
    const ports = storeOfKeys();
    const text = formatApiKey(apiKeyOf(seed));
    for (const _ of [1, 2]) expect(await firstAdminKey(text, seed, ports)).toBeUndefined();
    expect(await ports.apiKeys.authenticate(text)).toMatchObject({ role: "admin" });
    await expect(firstAdminKey("trk_wrong", seed, ports)).rejects.toThrowError(
      refusal("API_KEY_UNKNOWN: malformed"),
    );
  });

  it("any process that sees a newer signed head replaces the last one", async () => {
    const memory = fileWitnessMemory(join(folder, "made", "heads.json"));
    const [one, two] = [1, 2].map((size) => ({ size, root: new Uint8Array(32).fill(size) }));
    expect(await memory.read("a")).toBeUndefined();
    expect(await memory.replace("a", undefined, one!)).toBe(true);
    expect(await memory.replace("a", undefined, two!)).toBe(false);
    expect(await memory.replace("a", one, two!)).toBe(true);
    expect(await fileWitnessMemory(join(folder, "made", "heads.json")).read("a")).toEqual(two);
  });
});
