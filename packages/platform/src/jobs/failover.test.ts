import { setTimeout as pause } from "node:timers/promises";
import { isTrellisError } from "@trellis/base";
import { isPostgres, startPostgresPair } from "@trellis/kit";
import { SILENT } from "@trellis/kit/embedded";
import { afterAll, describe, expect, it } from "vitest";
import { openDatabase } from "../db/index.ts";
import { type JobRun, openJobs } from "./index.ts";

const ENTRIES = 120;
const KILLED_AT = 40;
const pair = await startPostgresPair();

async function untilDone<T>(action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!isTrellisError(error) || error.consequence !== "retry") throw error;
      await pause(100);
    }
  }
}

describe.skipIf(!isPostgres(pair))("a primary and its standby", () => {
  if (!isPostgres(pair)) return;
  const servers = pair;
  afterAll(() => servers.stop());

  it("DB_CONNECTION_LOST: the primary is killed; no job and no acknowledged write is lost", async () => {
    const database = openDatabase({ url: servers.url, connectionsMax: 4, acquireMsMax: 10_000 }, SILENT);
    await database.script("CREATE TABLE entry (n int PRIMARY KEY); CREATE TABLE ran (n int)");
    const kinds = { entry: { concurrency: 2, retriesMax: 50, retryPauseS: 0.2, aliveS: 2 } };
    const jobs = await openJobs({ kinds, pollS: 0.2, stopMsMax: 5_000 }, { ...SILENT, database });
    await jobs.work("entry", async (job: JobRun<{ n: number }>) => {
      await database.query("INSERT INTO ran VALUES ($1)", [job.data.n]);
    });
    const ids: string[] = [];
    const lost: unknown[] = [];
    for (let n = 0; n < ENTRIES; n++) {
      if (n === KILLED_AT) {
        const failing = untilLost(() => database.query("SELECT pg_sleep(30)"));
        await servers.killPrimary();
        lost.push(await failing);
        await servers.promoteStandby();
      }
      await untilDone(() => database.query("INSERT INTO entry VALUES ($1) ON CONFLICT DO NOTHING", [n]));
      ids.push((await untilDone(() => jobs.add("entry", { n })))!);
    }
    expect(lost).toEqual([expect.objectContaining({ code: "DB_CONNECTION_LOST" })]);
    const { rows } = await database.query("SELECT n FROM entry ORDER BY n");
    expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: ENTRIES }, (_, n) => n));
    const states = async () =>
      Promise.all(ids.map(async (id) => (await untilDone(() => jobs.find("entry", id)))?.state));
    await expect.poll(async () => new Set(await states()), { interval: 500 }).toEqual(new Set(["done"]));
    const ran = await database.query("SELECT DISTINCT n FROM ran");
    expect(ran.rows).toHaveLength(ENTRIES);
    await jobs.close();
    await database.close();
  });
});

async function untilLost(query: () => Promise<unknown>): Promise<unknown> {
  return query().then(
    () => undefined,
    (error: unknown) => error,
  );
}
