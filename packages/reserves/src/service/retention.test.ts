import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeDatabases, SILENT } from "@trellis/kit/databases";
import type { JobRun } from "@trellis/platform/jobs";
import { readReencrypted } from "@trellis/platform/keys";
import { openServiceKeys, type ProcessIo, type ServiceIo } from "@trellis/platform/service";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { DEFAULT_SCHEDULE } from "../compliance/index.ts";
import { openStores, type Stores } from "./openStores.ts";
import { type RetentionRequest, readRetentionSchedule, retain } from "./retention.ts";
import { rotateKeys } from "./rotateKeys.ts";
import { testKeys } from "./testing/testKeys.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const DAY_MS = 86_400_000;
const KEYS = testKeys();
const io = { log: { child: () => SILENT.log } } as unknown as ServiceIo;

function jobOf<Data>(data: Data): JobRun<Data> {
  return { id: "job-1", data, attempt: 1, signal: new AbortController().signal, progress: async () => {} };
}

describe("schedule file", () => {
  const folder = mkdtempSync(join(tmpdir(), "trellis-retention-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("RET-1, CONFIG_FILE_UNREADABLE, RESERVES_SOURCE_UNREADABLE", () => {
    expect(readRetentionSchedule("")).toEqual(DEFAULT_SCHEDULE);
    const file = join(folder, "retention.json");
    writeFileSync(file, '{"trees":365}');
    expect(readRetentionSchedule(file)).toMatchObject({ trees: 365, events: 30 });
    writeFileSync(file, '{"entries":365}');
    expect(() => readRetentionSchedule(file)).toThrowError(
      expect.objectContaining({
        code: "CONFIG_FILE_UNREADABLE",
        facts: expect.objectContaining({ file: "retention schedule" }),
      }),
    );
    expect(() => readRetentionSchedule(join(folder, "none"))).toThrowError(
      code("RESERVES_SOURCE_UNREADABLE"),
    );
  });

  it("KEYS-1, SECRET_UNREADABLE: newer master keys, one per line", async () => {
    const file = join(folder, "masters");
    const settings = { dataDir: folder, keyFrom: "", masterKeysFrom: `file:${file}` };
    const opened = () => openServiceKeys(settings, { ...SILENT, io: io as ProcessIo });
    writeFileSync(file, `${"ab".repeat(32)}\n0x${"cd".repeat(32)}\n`, { mode: 0o600 });
    const { masters } = await opened();
    expect(masters.slice(0, 2).map((key) => key[0])).toEqual([0xab, 0xcd]);
    expect(masters.map((key) => key.length)).toEqual([32, 32, 32]);
    writeFileSync(file, `${"ab".repeat(32)}\n${"cd".repeat(31)}\n`, { mode: 0o600 });
    await expect(opened()).rejects.toThrowError(
      expect.objectContaining({
        code: "SECRET_UNREADABLE",
        facts: expect.objectContaining({ reason: "invalid private key" }),
      }),
    );
  });
});

describeDatabases("retention of the reserves service", (under) => {
  let stores: Stores;
  const uploads = mkdtempSync(join(tmpdir(), "trellis-retention-"));
  beforeAll(async () => {
    // With the test clock, uploads of parallel tests would seem expired.
    vi.stubEnv("TMPDIR", uploads);
    stores = await openStores(under.database(), KEYS, io);
    await stores.ledger.addCustomers([{ reference: "alice" }]);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(uploads, { recursive: true });
  });
  const nowMs = SILENT.clock.nowMs();
  const run = (request: RetentionRequest, later: number) =>
    retain(DEFAULT_SCHEDULE, { ...stores, clock: { nowMs: () => nowMs + later * DAY_MS } })(jobOf(request));
  const countOf = async (subject: string, request: RetentionRequest, later: number) =>
    (await run(request, later)).outcomes.find((outcome) => outcome.subject === subject);

  it("RET-6: keeps events that were not delivered to webhooks, at any age", async () => {
    const publish = () =>
      stores.tables.transaction((tx) =>
        stores.events.publish(tx, [{ kind: "a", data: {} }]).then(() => undefined),
      );
    await publish();
    await publish();
    expect(await countOf("events", { isDryRun: true }, 31)).toMatchObject({ count: 0, failure: undefined });
    await stores.tables.db.updateTable("relay").set({ position: 2n }).execute();
    expect(await countOf("events", { isDryRun: true }, 29)).toMatchObject({ count: 0 });
    expect(await countOf("events", { isDryRun: true }, 31)).toMatchObject({ count: 2 });
    expect(await countOf("events", {}, 31)).toMatchObject({ count: 2 });
    expect(await countOf("events", {}, 31)).toMatchObject({ count: 0 });
    const recorded = await stores.audit.store.read(0, 10);
    expect(recorded.map(({ action, subject, facts }) => [action, subject, facts.count])).toEqual([
      ["retain", "events", "2"],
    ]);
  });

  it("RET-6: keeps pending deliveries and deletes ended ones after their period", async () => {
    const { webhookStore } = stores;
    const [webhookId, event] = ["w", { id: "e", type: "a", timeMs: 1, data: {} }];
    const hook = {
      id: webhookId,
      url: "https://a.example/",
      eventTypes: ["*"],
      createdBy: "x",
      createdAtMs: 1,
    };
    await webhookStore.insertWebhook(hook);
    for (const state of ["waiting", "delivered", "dead"] as const) {
      const attempts = { attempts: 1, createdAtMs: nowMs, nextAttemptAtMs: undefined, lastOutcome: "503" };
      await webhookStore.insertDelivery({ id: state, webhookId, event, state, ...attempts });
    }
    const left = async () =>
      (await webhookStore.listDeliveries("w", undefined, undefined, 9)).map(({ id }) => id);
    await run({}, 29);
    expect(await left()).toEqual(["dead", "delivered", "waiting"]);
    await run({}, 31);
    expect(await left()).toEqual(["dead", "waiting"]);
    await run({}, 9_999);
    expect(await left()).toEqual(["waiting"]);
  });

  it("KEYS-2: a job rotates to the service's newer master key", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "trellis-rotation-"));
    const keys = testKeys({ rotations: 1, dataDir });
    const newer = await openStores(under.database(), keys, io);
    const failing = { rotateKeys: () => Promise.reject(new Error("interrupted")) };
    await expect(rotateKeys({ ledger: failing, keys })(jobOf({}))).rejects.toThrowError("interrupted");
    expect(readReencrypted(dataDir)).toBe(0);
    expect(await rotateKeys({ ...newer, keys })(jobOf({}))).toMatchObject({
      rotatedCount: 1,
      masterKeys: [{ customerCount: 1, isNewest: true }],
    });
    await expect(stores.ledger.customerKey("alice")).rejects.toThrowError(code("ENVELOPE_KEY_UNKNOWN"));
    expect(await newer.ledger.customerKey("alice")).toHaveLength(32);
    // KEY-6: the old key may be retired now.
    expect(readReencrypted(dataDir)).toBe(2);
    rmSync(dataDir, { recursive: true });
  });
});
