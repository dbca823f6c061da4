import { createAuditLog } from "@trellis/platform/audit";
import { createMemoryAuditStore } from "@trellis/platform/testing";
import { describe, expect, it } from "vitest";
import {
  applyRetention,
  DEFAULT_SCHEDULE,
  parseRetentionSchedule,
  RETENTION_SUBJECTS,
  type Remove,
  type RetentionSubject,
} from "./index.ts";

const NOW_MS = 1_790_000_000_000;
const DAY_MS = 86_400_000;
const clock = { nowMs: () => NOW_MS };

function bench(change: Partial<Record<RetentionSubject, Remove>> = {}) {
  const asked: [string, number, boolean][] = [];
  const subjects = Object.fromEntries(
    RETENTION_SUBJECTS.map((subject) => [
      subject,
      async (beforeMs: number, isDryRun: boolean) => {
        asked.push([subject, (NOW_MS - beforeMs) / DAY_MS, isDryRun]);
        return (await change[subject]?.(beforeMs, isDryRun)) ?? 0;
      },
    ]),
  ) as Record<RetentionSubject, Remove>;
  const store = createMemoryAuditStore();
  const audit = createAuditLog({ store, clock });
  return { asked, store, ports: { subjects, audit, clock } };
}

describe("retention schedule", () => {
  it("RET-1: an omitted class keeps its data as without a schedule", () => {
    expect(parseRetentionSchedule('{"events":7,"trees":3650,"deadLetters":"forever"}')).toEqual({
      ...DEFAULT_SCHEDULE,
      events: 7,
      trees: 3650,
      deadLetters: "forever",
    });
    expect(DEFAULT_SCHEDULE.trees).toBe("forever");
  });

  it.each([
    "",
    "[]",
    "null",
    '{"events":0}',
    '{"events":-1}',
    '{"events":1.5}',
    '{"events":"7"}',
    '{"events":null}',
    '{"events":1e9}',
    '{"events":"Forever"}',
    '{"trees":29}',
    '{"entries":3650}',
    '{"audit":3650}',
    '{"records":3650}',
    '{"log":3650}',
  ])("CONFIG_FILE_UNREADABLE: %s", (text) => {
    expect(() => parseRetentionSchedule(text)).toThrowError(
      expect.objectContaining({
        code: "CONFIG_FILE_UNREADABLE",
        facts: expect.objectContaining({ file: "retention schedule" }),
      }),
    );
  });
});

describe("retention", () => {
  it("RET-2: deletes data past its period with an audit entry; ignores permanent data", async () => {
    const { asked, store, ports } = bench({ events: async () => 5, deadLetters: async () => 2 });
    const outcomes = await applyRetention(DEFAULT_SCHEDULE, ports, {
      isDryRun: false,
      correlationId: "job-1",
    });
    expect(asked).toEqual([
      ["abandonedImports", 7, false],
      ["importReports", 365, false],
      ["uploads", 1, false],
      ["events", 30, false],
      ["deliveries", 30, false],
      ["deadLetters", 90, false],
    ]);
    expect(outcomes).toContainEqual({
      subject: "trees",
      kept: "forever",
      beforeMs: undefined,
      count: 0,
      failure: undefined,
    });
    const entries = await store.read(0, 10);
    expect(entries.map(({ subject, outcome, facts }) => [subject, outcome, facts.count])).toEqual([
      ["events", "done", "5"],
      ["deadLetters", "done", "2"],
    ]);
    expect(entries[0]).toMatchObject({
      actor: "service:retention",
      action: "retain",
      correlationId: "job-1",
    });
  });

  it("RET-3: a dry run counts, deletes nothing and records nothing", async () => {
    const { asked, store, ports } = bench({ events: async (_, isDryRun) => (isDryRun ? 5 : 0) });
    const outcomes = await applyRetention(DEFAULT_SCHEDULE, ports, { isDryRun: true, correlationId: "x" });
    expect(asked.every(([, , isDryRun]) => isDryRun)).toBe(true);
    expect(outcomes.find(({ subject }) => subject === "events")).toMatchObject({ count: 5 });
    expect(await store.read(0, 10)).toEqual([]);
  });

  it("RET-2: a failing class stops no other, and is in the audit log", async () => {
    const { store, ports } = bench({
      importReports: async () => {
        throw new Error("disk");
      },
      events: async () => 1,
    });
    const outcomes = await applyRetention(DEFAULT_SCHEDULE, ports, { isDryRun: false, correlationId: "x" });
    expect(outcomes.filter(({ failure }) => failure !== undefined)).toMatchObject([
      { subject: "importReports", failure: "UNKNOWN", count: 0 },
    ]);
    expect((await store.read(0, 10)).map(({ subject, outcome }) => [subject, outcome])).toEqual([
      ["importReports", "failed"],
      ["events", "done"],
    ]);
  });

  it("a stopped run ends between classes", async () => {
    const { asked, ports } = bench();
    const aborter = new AbortController();
    const report = () => aborter.abort();
    const run = { isDryRun: false, correlationId: "x", signal: aborter.signal, report };
    await expect(applyRetention(DEFAULT_SCHEDULE, ports, run)).rejects.toThrow();
    expect(asked).toHaveLength(1);
  });
});
