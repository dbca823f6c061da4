import { describeDatabases, SILENT } from "@trellis/kit/databases";
import type { KyselyPlugin } from "kysely";
import { beforeEach, expect, it } from "vitest";
import type { Database, SchemaDatabase, SchemaStep } from "../db/index.ts";
import { type Events, openEvents, type StoredEvent } from "./index.ts";

const code = (name: string) => expect.objectContaining({ code: name });

describeDatabases("events", (under) => {
  let events: Events;
  let tables: SchemaDatabase<unknown>;
  let count = 0;
  beforeEach(async () => {
    count += 1;
    const dependencies = { ...SILENT, database: under.database() };
    events = await openEvents({ schema: `events_${count}` }, dependencies);
    tables = await under.database().openSchema("elsewhere", []);
  });
  const publish = (...kinds: string[]) =>
    tables.transaction((tx) =>
      events.publish(
        tx,
        kinds.map((kind) => ({ kind, data: { kind } })),
      ),
    );

  it("events come in commit order without gaps, with many publishers", async () => {
    await Promise.all(Array.from({ length: 10 }, (_, n) => publish(`a${n}`, `b${n}`)));
    const all = await events.read(0n, 100);
    expect(all.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 20 }, (_, n) => BigInt(n + 1)));
    for (let pair = 0; pair < 20; pair += 2) expect(all[pair + 1]!.kind).toBe(`b${all[pair]!.kind.slice(1)}`);
    expect(await events.newest()).toBe(20n);
    expect((await events.read(18n, 1)).map(({ sequence }) => sequence)).toEqual([19n]);
  });

  it("a rolled-back transaction publishes nothing", async () => {
    const undone = tables.transaction(async (tx) => {
      await events.publish(tx, [{ kind: "never", data: {} }]);
      throw code("never");
    });
    await expect(undone).rejects.toBeDefined();
    expect(await events.read(0n, 10)).toEqual([]);
  });

  it("a subscriber receives past and new events, and resumes where it stopped", async () => {
    await publish("first", "'; --");
    const stop = new AbortController();
    const seen: StoredEvent[] = [];
    const following = (async () => {
      for await (const page of events.follow(0n, stop.signal)) seen.push(...page);
    })();
    await expect.poll(() => seen.length).toBe(2);
    await publish("later");
    await expect.poll(() => seen.map(({ kind }) => kind)).toEqual(["first", "'; --", "later"]);
    stop.abort();
    await following;
    await publish("missed");
    const again = new AbortController();
    for await (const page of events.follow(3n, again.signal)) {
      expect(page).toMatchObject([{ sequence: 4n, kind: "missed", data: { kind: "missed" } }]);
      again.abort();
    }
    const idle = new AbortController();
    for await (const page of events.follow(4n, idle.signal)) {
      expect(page, "that it was looked").toEqual([]);
      idle.abort();
    }
  });

  it("an event published during a read causes no gap", async () => {
    await publish("a");
    const besideEachStatement: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        await publish("beside");
        return result;
      },
    };
    const database: Database = {
      ...under.database(),
      async openSchema<Tables>(schema: string, steps: readonly SchemaStep[]) {
        const opened = await under.database().openSchema<Tables>(schema, steps);
        return { ...opened, db: opened.db.withPlugin(besideEachStatement) };
      },
    };
    const disturbed = await openEvents({ schema: `events_${count}` }, { ...SILENT, database });
    const read = (await disturbed.read(1n, 10)).map(({ sequence }) => sequence);
    expect(read).toEqual(read.map((_, n) => BigInt(n + 2)));
  });

  it("EVENT_SEQUENCE_UNKNOWN: pruned, or not yet published", async () => {
    await publish("a", "b");
    await expect(events.read(3n, 1)).rejects.toThrowError(code("EVENT_SEQUENCE_UNKNOWN"));
    await expect(events.read(-1n, 1)).rejects.toThrowError(code("EVENT_SEQUENCE_UNKNOWN"));
    expect(await events.prune(SILENT.clock.nowMs() + 1, true)).toBe(2);
    expect(await events.prune(SILENT.clock.nowMs() + 1)).toBe(2);
    expect(await events.read(2n, 1)).toEqual([]);
    await publish("c");
    await expect(events.read(1n, 1)).rejects.toThrowError(code("EVENT_SEQUENCE_UNKNOWN"));
    expect((await events.read(0n, 10)).map(({ sequence }) => sequence)).toEqual([3n]);
  });

  it("ARGUMENT_INVALID: an oversized event", async () => {
    const large = tables.transaction((tx) =>
      events.publish(tx, [{ kind: "a", data: { text: "x".repeat(70_000) } }]),
    );
    await expect(large).rejects.toThrowError(
      expect.objectContaining({
        code: "ARGUMENT_INVALID",
        facts: expect.objectContaining({ rule: "an event has at most sizeMax bytes" }),
      }),
    );
  });
});
