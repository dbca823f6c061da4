import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { expect, it } from "vitest";
import { openJobs } from "./index.ts";
import { JOB_STEPS } from "./schema.ts";

/** Columns of pg-boss 12.35. */
const FORMER = `
CREATE SCHEMA old;
CREATE TABLE old.queue (name text PRIMARY KEY);
CREATE TYPE old.job_state AS ENUM ('created', 'retry', 'active', 'completed', 'cancelled', 'failed');
CREATE TABLE old.job (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL,
  data jsonb,
  state old.job_state NOT NULL DEFAULT 'created',
  retry_count integer NOT NULL DEFAULT 0,
  group_id text,
  start_after timestamptz NOT NULL DEFAULT now(),
  created_on timestamptz NOT NULL DEFAULT now(),
  started_on timestamptz,
  completed_on timestamptz,
  output jsonb,
  source_name text,
  source_id uuid,
  source_created_on timestamptz,
  source_retry_count int,
  source_output jsonb,
  PRIMARY KEY (name, id)
) PARTITION BY LIST (name);
CREATE TABLE old.job_common PARTITION OF old.job DEFAULT;
CREATE TABLE old.schedule (name text, key text NOT NULL DEFAULT '', cron text NOT NULL, data jsonb);`;

const id = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;

const ROWS = `
INSERT INTO old.job (id, name, state, data, group_id, retry_count, started_on, completed_on, output, created_on) VALUES
  ('${id(1)}', 'mail', 'created', '{"n":1}', 'a', 0, NULL, NULL, NULL, '2026-11-01T00:00Z'),
  ('${id(2)}', 'mail', 'retry', '{"n":2}', NULL, 0, now(), NULL, '{"message":"not yet"}', '2026-11-02T00:00Z'),
  ('${id(3)}', 'mail', 'active', '{"n":3}', NULL, 1, now(), NULL, NULL, '2026-11-03T00:00Z'),
  ('${id(4)}', 'mail', 'completed', '{"n":4}', 'a', 0, now(), '2026-11-05T00:00Z', '{"value":7}', '2026-11-04T00:00Z'),
  ('${id(5)}', 'mail', 'cancelled', '{"n":5}', NULL, 0, NULL, '2026-11-06T00:00Z', NULL, '2026-11-05T00:00Z'),
  ('${id(6)}', 'mail', 'failed', '{"n":6}', 'b', 2, now(), now(), '{"code":"X"}', '2026-11-06T00:00Z'),
  ('${id(7)}', 'mail', 'failed', '{"n":7}', NULL, 2, now(), now(), '{"code":"X"}', '2026-11-07T00:00Z'),
  ('${id(8)}', '__pgboss__send-it', 'created', NULL, NULL, 0, NULL, NULL, NULL, '2026-11-08T00:00Z');
INSERT INTO old.job
  (name, data, group_id, source_name, source_id, source_created_on, source_retry_count, source_output, created_on)
VALUES ('mail.dead', '{"n":6}', 'b', 'mail', '${id(6)}', '2026-11-06T00:00Z', 2, '{"code":"X","message":"gone"}', '2026-11-09T00:00Z');
INSERT INTO old.schedule (name, cron, data) VALUES ('mail', '0 3 * * *', '{"n":9}');
INSERT INTO old_state.keys VALUES ('mail', 'a', '${id(1)}', now());
INSERT INTO old_state.progress VALUES ('${id(4)}', 1, NULL, 'sent');`;

describeDatabases("an installation whose queue was pg-boss", (under) => {
  it("keeps its jobs, keys, dead letters and schedules", async () => {
    const database = under.database();
    await database.openSchema("old_state", JOB_STEPS.slice(0, 2));
    await database.script(FORMER + ROWS);
    const options = { kinds: { mail: {} }, schema: "old", isMaintainer: false };
    const jobs = await openJobs(options, { ...SILENT, database });

    const views = (await jobs.list("mail", 10)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(views).toMatchObject([
      { id: id(1), state: "waiting", data: { n: 1 }, attempts: 0, addedAtMs: Date.UTC(2026, 10, 1) },
      { id: id(2), state: "waiting", attempts: 1, output: { message: "not yet" } },
      { id: id(3), state: "waiting", attempts: 1 },
      { id: id(4), state: "done", output: { value: 7 }, progress: { done: 1, phase: "sent" } },
      { id: id(5), state: "cancelled", attempts: 0, endedAtMs: Date.UTC(2026, 10, 6) },
      { id: id(6), state: "dead", attempts: 3 },
    ]);
    expect(await jobs.deadLetters("mail", 10)).toEqual([
      { id: id(6), data: { n: 6 }, error: "X: gone", diedAtMs: Date.UTC(2026, 10, 9) },
    ]);
    expect(await jobs.add("mail", {}, { key: "a" })).toBeUndefined();
    expect(await jobs.revive("mail")).toBe(1);
    expect(await jobs.add("mail", {}, { key: "b" })).toBeUndefined();
    const { rows } = await database.query("SELECT kind, cron, data FROM old_state.schedule");
    expect(rows).toEqual([{ kind: "mail", cron: "0 3 * * *", data: { n: 9 } }]);
    const [left] = (await database.query("SELECT to_regnamespace('old') AS schema")).rows;
    expect(left).toEqual({ schema: null });

    const ran: number[] = [];
    await jobs.work("mail", async ({ data }: { data: { n: number } }) => void ran.push(data.n));
    await expect.poll(() => ran).toEqual([1, 2, 3, 6]);
    await jobs.close();
  });
});
