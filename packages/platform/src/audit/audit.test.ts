import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TestTime } from "../http/testing/TestTime.ts";
import { createMemoryAuditStore } from "../testing/createMemoryAuditStore.ts";
import type { AuditEntry, AuditEvent, AuditStore } from "./AuditEntry.ts";
import { createAuditLog, verifyAuditLog } from "./createAuditLog.ts";
import { entryHash } from "./entryHash.ts";

const EVENT: AuditEvent = {
  actor: "user:root",
  action: "apiKey.create",
  subject: "key:1",
  outcome: "done",
  correlationId: "c-1",
  facts: { role: "operator" },
};

async function logged(count: number): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  const log = createAuditLog({ store: createMemoryAuditStore(entries), clock: new TestTime() });
  for (let index = 0; index < count; index++) await log.append({ ...EVENT, subject: `key:${index}` });
  return entries;
}

describe("audit log", () => {
  it("entries commit to earlier ones; concurrent entries are ordered", async () => {
    const entries: AuditEntry[] = [];
    const store = createMemoryAuditStore(entries);
    const workers = [1, 2, 3].map(() => createAuditLog({ store, clock: new TestTime() }));
    await Promise.all(workers.flatMap((log) => Array.from({ length: 5 }, () => log.append(EVENT))));
    expect(await verifyAuditLog(store)).toMatchObject({
      entryCount: 15,
      broken: undefined,
      head: { sequence: 14 },
    });
  });

  it("an entry has one hash", async () => {
    const [entry] = await logged(1);
    expect(Buffer.from(entry!.hash).toString("hex")).toBe(
      "913c6b32655871e59c71529fe43b3ddf38cad556186039ab8fa7daf8310caf54",
    );
  });

  it("finds any change at the first broken link", async () => {
    const entries = await logged(12);
    const changes: readonly ((entry: AuditEntry) => AuditEntry)[] = [
      (entry) => ({ ...entry, actor: "user:nobody" }),
      (entry) => ({ ...entry, timeMs: entry.timeMs + 1 }),
      (entry) => ({ ...entry, facts: { role: "admin" } }),
      (entry) => ({ ...entry, previousHash: new Uint8Array(32).fill(1) }),
      (entry) => ({ ...entry, hash: new Uint8Array(32) }),
    ];
    await fc.assert(
      fc.asyncProperty(fc.nat(11), fc.nat(changes.length - 1), async (at, which) => {
        const changed = entries.map((entry, index) => (index === at ? changes[which]!(entry) : entry));
        const { broken, entryCount } = await verifyAuditLog(createMemoryAuditStore(changed));
        expect(broken).toEqual({ sequence: at, reason: "its hash does not match its content" });
        expect(entryCount).toBe(at);
      }),
    );
  });

  it("a rewritten entry breaks the one after it; a removed one leaves a gap", async () => {
    const entries = await logged(5);
    const rewritten = { ...entries[2]!, actor: "user:nobody" };
    const forged = entries.with(2, { ...rewritten, hash: entryHash(rewritten) });
    expect((await verifyAuditLog(createMemoryAuditStore(forged))).broken).toEqual({
      sequence: 3,
      reason: "it does not follow the previous entry",
    });
    const removed = entries.toSpliced(2, 1);
    expect((await verifyAuditLog(createMemoryAuditStore(removed))).broken).toEqual({
      sequence: 3,
      reason: "a gap",
    });
  });

  it("reads longer logs in parts", async () => {
    const entries = await logged(2_500);
    expect(await verifyAuditLog(createMemoryAuditStore(entries))).toMatchObject({
      entryCount: 2_500,
      broken: undefined,
    });
  });

  it("ARGUMENT_INVALID: oversized texts and facts", () => {
    const log = createAuditLog({ store: createMemoryAuditStore(), clock: new TestTime() });
    const append = (change: Partial<AuditEvent>) => () => log.append({ ...EVENT, ...change });
    const facts = { rule: "an audit entry has short texts and few, short facts", action: EVENT.action };
    const code = expect.objectContaining({ code: "ARGUMENT_INVALID", facts });
    expect(append({ actor: "x".repeat(257) })).toThrow(code);
    expect(append({ facts: { a: "x".repeat(1_025) } })).toThrow(code);
    expect(append({ facts: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [i, ""])) })).toThrow(
      code,
    );
  });

  it("a failed append does not block the next one", async () => {
    const memory = createMemoryAuditStore();
    let isDown = true;
    const append: AuditStore["append"] = async (next) => {
      if (isDown) throw new Error("down");
      return memory.append(next);
    };
    const log = createAuditLog({ store: { ...memory, append }, clock: new TestTime() });
    await expect(log.append(EVENT)).rejects.toThrow("down");
    isDown = false;
    expect(await log.append(EVENT)).toMatchObject({ sequence: 0 });
  });
});
