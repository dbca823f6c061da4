import { setTimeout as pause } from "node:timers/promises";
import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openAtRest } from "../atRest/index.ts";
import { cron } from "../config/index.ts";
import { dbErrors } from "../db/index.ts";
import { notifyErrors } from "../notify/errors.ts";
import { type JobKind, type JobRun, type Jobs, jobsErrors, openJobs } from "./index.ts";

const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });
const KINDS: Readonly<Record<string, JobKind>> = {
  echo: { concurrency: 2, retriesMax: 2, retryPauseS: 1 },
  alone: { isExclusive: true, retriesMax: 0 },
  mortal: { isExclusive: true, retriesMax: 0 },
  asking: { retriesMax: 1, retryPauseS: 1, retriedRefusals: ["JOB_UNKNOWN"] },
  hourly: {},
  short: { retriesMax: 2, retryPauseS: 0.1, aliveS: 1 },
  hasty: { retriesMax: 0, timeoutS: 1, aliveS: 1 },
};

describeDatabases("jobs", (under) => {
  const opened: Jobs[] = [];
  const open = async (): Promise<Jobs> => {
    const dependencies = { ...SILENT, database: under.database() };
    const jobs = await openJobs({ kinds: KINDS, pollS: 0.5, stopMsMax: 2_000 }, dependencies);
    opened.push(jobs);
    return jobs;
  };
  let jobs: Jobs;
  beforeEach(async () => {
    jobs = await open();
    await under.database().query("TRUNCATE jobs_state.job, jobs_state.schedule");
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  const state = (kind: string, id: string | undefined) => expect.poll(() => jobs.find(kind, id!));

  it("a job runs, reports progress and returns its result", async () => {
    const id = await jobs.add("echo", { text: "'; DROP TABLE job; --" });
    expect(await jobs.find("echo", id!)).toMatchObject({
      state: "waiting",
      attempts: 0,
      progress: undefined,
    });
    await jobs.work("echo", async (job: JobRun<{ text: string }>) => {
      await job.progress({ done: 1, total: 2, phase: "half" });
      return job.data.text;
    });
    await state("echo", id).toMatchObject({
      state: "done",
      attempts: 1,
      progress: { done: 1, total: 2, phase: "half" },
      output: { value: "'; DROP TABLE job; --" },
    });
    expect((await jobs.list("echo", 5)).map((job) => job.id)).toContain(id);
  });

  it("JOB_CANCELLED: a cancelled job starts no statement in the database", async () => {
    let ended: unknown;
    await jobs.work("echo", async () => {
      try {
        for (;;) {
          await under.database().query("SELECT 1");
          await pause(5);
        }
      } catch (error) {
        ended = error;
        throw error;
      }
    });
    const id = await jobs.add("echo", {});
    await state("echo", id).toMatchObject({ state: "running" });
    await jobs.cancel("echo", id!);
    await expect.poll(() => ended).toMatchObject({ code: "JOB_CANCELLED" });
  });

  it("a failed job is retried later, and then becomes a dead letter that can be revived", async () => {
    let isMended = false;
    const attempts: number[] = [];
    await jobs.work("echo", async ({ attempt }) => {
      attempts.push(attempt);
      if (!isMended) throw new Error("not yet");
    });
    const id = await jobs.add("echo", { text: "a" });
    await state("echo", id).toMatchObject({ state: "dead", attempts: 3, output: { message: "not yet" } });
    expect(attempts).toEqual([1, 2, 3]);
    expect(await jobs.deadLetters("echo", 5)).toEqual([
      { id, data: { text: "a" }, error: "not yet", diedAtMs: expect.any(Number) },
    ]);
    await expect
      .poll(async () => (await jobs.counts()).get("echo"))
      .toEqual({ waiting: 0, running: 0, dead: 1 });
    expect((await jobs.list("echo", 1)).map(({ state: now }) => now)).toEqual(["dead"]);
    isMended = true;
    expect(await jobs.revive("echo")).toBe(1);
    expect(await jobs.deadLetters("echo", 5)).toEqual([]);
    await expect.poll(() => attempts.length).toBe(4);
  });

  it("API-24: a refused job ends at once with its reason; other errors, or a failing database, cause a retry", async () => {
    const refusals = [
      notifyErrors.WEBHOOK_URL_REFUSED(),
      dbErrors.DB_MIGRATION_FAILED(),
      jobsErrors.JOB_UNKNOWN(),
    ];
    const attempts = new Map<number, number>();
    await jobs.work("asking", async ({ data, attempt }: JobRun<{ n: number }>) => {
      attempts.set(data.n, attempt);
      throw refusals[data.n];
    });
    const ids = await Promise.all(refusals.map((_, n) => jobs.add("asking", { n })));
    for (const [n, id] of ids.entries()) {
      await state("asking", id).toMatchObject({ state: "dead", output: { code: refusals[n]!.code } });
    }
    expect([...attempts].sort()).toEqual([
      [0, 1],
      [1, 2],
      [2, 2],
    ]);
    expect((await jobs.deadLetters("asking", 5)).map(({ id }) => id).sort()).toEqual([...ids].sort());
    refusals[0] = jobsErrors.JOB_UNKNOWN();
    expect(await jobs.revive("asking")).toBe(3);
    await expect.poll(() => attempts.get(0)).toBe(2);
  });

  it("API-24: dismissing a dead letter removes its job, and no others", async () => {
    await jobs.work("mortal", async () => {
      throw new Error("not yet");
    });
    const ids = [await jobs.add("mortal", {}), await jobs.add("mortal", {})];
    for (const id of ids) await state("mortal", id).toMatchObject({ state: "dead" });
    await jobs.cancel("mortal", ids[0]!);
    expect((await jobs.deadLetters("mortal", 5)).map(({ id }) => id)).toEqual([ids[1]]);
    const states = async () => new Map((await jobs.list("mortal", 2)).map((job) => [job.id, job.state]));
    expect(await states()).toEqual(
      new Map([
        [ids[0], "cancelled"],
        [ids[1], "dead"],
      ]),
    );
    await jobs.cancel("mortal", ids[0]!);
    await jobs.cancel("mortal", ids[1]!);
    expect(await jobs.revive("mortal")).toBe(0);
  });

  it("API-24: a late refusal ends its own attempt, and not the next one", async () => {
    const worker = await open();
    const [begun, refuse] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await worker.work("echo", async () => {
      begun.resolve();
      await refuse.promise;
      throw notifyErrors.WEBHOOK_URL_REFUSED();
    });
    const id = await jobs.add("echo", {});
    await begun.promise;
    const ofJob = (text: string) => under.database().query(`${text} WHERE id = $1`, [id]);
    await ofJob("UPDATE jobs_state.job SET attempts = attempts + 1");
    refuse.resolve();
    await worker.close();
    expect((await ofJob("SELECT state, retry_limit FROM jobs_state.job")).rows).toEqual([
      { state: "running", retry_limit: 2 },
    ]);
  });

  it("API-24: a refused job whose end cannot be stored is retried, and reports its own error", async () => {
    await under.database().script(`
      CREATE FUNCTION jobs_state.lose() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'lost';
      END $$;
      CREATE TRIGGER lose BEFORE UPDATE ON jobs_state.job FOR EACH ROW
        WHEN (NEW.kind = 'short' AND NEW.attempts < 3 AND NEW.output::jsonb->>'code' IS NOT NULL)
        EXECUTE FUNCTION jobs_state.lose()`);
    await jobs.work("short", async () => {
      throw notifyErrors.WEBHOOK_URL_REFUSED();
    });
    const id = await jobs.add("short", {});
    await state("short", id).toMatchObject({
      state: "dead",
      attempts: 3,
      output: { code: "WEBHOOK_URL_REFUSED" },
    });
    await under.database().script("DROP FUNCTION jobs_state.lose CASCADE");
  });

  it("a job of a dead process goes to another; a job with heartbeats does not", async () => {
    const id = await jobs.add("short", { n: 1 });
    await under.database().query(
      `UPDATE jobs_state.job SET state = 'running', attempts = 1, retry_limit = 2, lease_until = now(),
        expires_at = now() + interval '1 hour' WHERE id = $1`,
      [id],
    );
    for (const worker of [jobs, await open()]) await worker.work("short", () => pause(4_000));
    await state("short", id).toMatchObject({ state: "done", attempts: 2 });
  });

  it("an attempt past its deadline fails, and its work is aborted", async () => {
    const aborted = Promise.withResolvers<unknown>();
    await jobs.work("hasty", async ({ signal }) => {
      signal.addEventListener("abort", () => aborted.resolve(signal.reason));
      await new Promise(() => {});
    });
    const id = await jobs.add("hasty", {});
    await state("hasty", id).toMatchObject({ state: "dead", attempts: 1 });
    expect(await aborted.promise).toMatchObject({ code: "LEASE_LOST" });
  });

  it("JOB_CANCELLED: a running job is aborted at once, and a waiting one never runs", async () => {
    const reasons: unknown[] = [];
    await jobs.work("echo", async ({ signal, progress }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      reasons.push(signal.reason);
      await progress({ done: 1 }).catch((error: unknown) => reasons.push(error));
    });
    const id = await jobs.add("echo", {});
    await state("echo", id).toMatchObject({ state: "running" });
    const later = await jobs.add("echo", {}, { delayS: 60 });
    await jobs.cancel("echo", later!);
    await jobs.cancel("echo", id!);
    await expect.poll(() => reasons.length).toBe(2);
    expect(reasons).toEqual([code("JOB_CANCELLED"), code("JOB_CANCELLED")]);
    expect(await jobs.find("echo", id!)).toMatchObject({ state: "cancelled" });
    expect(await jobs.find("echo", later!)).toMatchObject({ state: "cancelled", attempts: 0 });
  });

  it("several workers share the jobs, each of which runs once; an exclusive kind runs one at a time", async () => {
    const workers = [jobs, await open(), await open()];
    const ran: number[] = [];
    let now = 0;
    let most = 0;
    for (const worker of workers) {
      await worker.work("alone", async (job: JobRun<{ n: number }>) => {
        now += 1;
        most = Math.max(most, now);
        ran.push(job.data.n);
        await new Promise((resolve) => setTimeout(resolve, 20));
        now -= 1;
      });
    }
    for (let n = 0; n < 6; n += 1) await jobs.add("alone", { n });
    await expect.poll(() => ran.length).toBe(6);
    expect(ran.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(most).toBe(1);
  });

  it("a stop waits for the running job", async () => {
    const worker = await open();
    let hasEnded = false;
    const begun = Promise.withResolvers<void>();
    await worker.work("echo", async () => {
      begun.resolve();
      await new Promise((resolve) => setTimeout(resolve, 300));
      hasEnded = true;
    });
    const id = await jobs.add("echo", {});
    await begun.promise;
    await worker.close();
    expect(hasEnded).toBe(true);
    expect(await jobs.find("echo", id!)).toMatchObject({ state: "done" });
  });

  it("LEASE_LOST: a stop releases an unfinished job to other processes before its deadline", async () => {
    const worker = await openJobs({ kinds: KINDS, pollS: 0.5 }, { ...SILENT, database: under.database() });
    const begun = Promise.withResolvers<AbortSignal>();
    await worker.work("echo", async ({ signal }) => {
      begun.resolve(signal);
      await new Promise(() => {});
    });
    const id = await jobs.add("echo", {});
    const signal = await begun.promise;
    const beganMs = performance.now();
    await worker.close();
    expect(performance.now() - beganMs).toBeLessThan(60_000);
    expect(signal.reason).toMatchObject({ code: "LEASE_LOST" });
    await jobs.work("echo", async () => "taken over");
    await state("echo", id).toMatchObject({ state: "done", output: { value: "taken over" } });
  });

  it("one job per key waits or runs, over all processes; another is accepted after its end", async () => {
    const others = [await open(), await open()];
    const add = (worker: Jobs, kind: string, key: string) => worker.add(kind, {}, { key });
    for (const kind of ["echo", "alone"]) {
      const ids = await Promise.all([jobs, ...others, jobs].map((worker) => add(worker, kind, "a")));
      const [first, ...more] = ids.filter((id) => id !== undefined);
      expect(more).toEqual([]);
      expect(await add(jobs, kind, "b")).toBeDefined();
      const end = Promise.withResolvers<void>();
      await jobs.work(kind, () => end.promise);
      await state(kind, first).toMatchObject({ state: "running" });
      expect(await add(others[0]!, kind, "a")).toBeUndefined();
      end.resolve();
      await state(kind, first).toMatchObject({ state: "done" });
      expect(await add(others[0]!, kind, "a")).toBeDefined();
    }
  });

  it("a key is free if its job was not queued", async () => {
    for (const kind of ["echo", "alone"]) {
      const refused = jobs.add(kind, {}, { key: "orphan", delayS: 1e300 });
      await expect(refused).rejects.toThrowError(
        code("DB_CHECK_VIOLATED", { sqlState: expect.stringMatching(/^22/) }),
      );
      expect(await jobs.add(kind, {}, { key: "orphan" })).toBeDefined();
      expect(await jobs.add(kind, {}, { key: "orphan" })).toBeUndefined();
    }
  });

  it("a revived job occupies its key; of dead letters with one key one is revived at a time", async () => {
    const other = await open();
    const end = Promise.withResolvers<void>();
    let isMended = false;
    await jobs.work("mortal", async () => {
      if (!isMended) throw new Error("not yet");
      await end.promise;
    });
    for (const _ of [1, 2]) {
      await state("mortal", await other.add("mortal", {}, { key: "r" })).toMatchObject({ state: "dead" });
    }
    isMended = true;
    expect(await jobs.revive("mortal")).toBe(1);
    await under.database().query("UPDATE jobs_state.job SET created_on = created_on - interval '1 hour'");
    expect(await other.add("mortal", {}, { key: "r" })).toBeUndefined();
    expect(await other.revive("mortal")).toBe(0);
    expect(await jobs.deadLetters("mortal", 5)).toHaveLength(1);
    end.resolve();
    await expect.poll(() => jobs.revive("mortal")).toBe(1);
    expect(await jobs.deadLetters("mortal", 5)).toEqual([]);
  });

  it("an exclusive kind runs one at a time for any keys", async () => {
    let now = 0;
    let most = 0;
    let ran = 0;
    for (const worker of [jobs, await open(), await open()]) {
      await worker.work("alone", async () => {
        now += 1;
        most = Math.max(most, now);
        await pause(20);
        now -= 1;
        ran += 1;
      });
    }
    await Promise.all(
      [undefined, "a", "b", undefined, "c"].map((key) =>
        jobs.add("alone", {}, key === undefined ? {} : { key }),
      ),
    );
    await expect.poll(() => ran).toBe(5);
    expect(most).toBe(1);
  });

  it("ARGUMENT_INVALID", async () => {
    for (const cron of ["", "never", "* * *", "99 * * * *", "* * * * * *"]) {
      await expect(jobs.schedule("hourly", cron), cron).rejects.toThrowError(
        code("ARGUMENT_INVALID", { rule: "cron expression of five fields" }),
      );
    }
    await jobs.schedule("hourly", "0 * * * *");
    await jobs.unschedule("hourly");
  });

  it("settings accept exactly the schedules that the queue can parse", async () => {
    const read = ["0 3 * * *", "*/5 0-6/2 1,15 * 1-5", "59 23 31 1-12 *", "0 0 29 2 *", "7 * * 12 7"];
    for (const text of read) {
      expect(cron.safeParse(text).success, text).toBe(true);
      await jobs.schedule("hourly", text);
    }
    await jobs.unschedule("hourly");
    const refused = [
      "",
      "daily",
      "* * * *",
      "* * * * * *",
      "60 * * * *",
      "* 24 * * *",
      "* * 0 * *",
      "* * * 13 *",
    ];
    refused.push(
      "* * * * 8",
      "*/0 * * * *",
      "5-1 * * * *",
      "5/2 * * * *",
      "0 0 31 2,4 *",
      "0  3 * * *",
      "-1 * * * *",
    );
    for (const text of refused) expect(cron.safeParse(text).success, text).toBe(false);
  });

  it("JOB_UNKNOWN", async () => {
    await expect(jobs.add("nothing", {})).rejects.toThrowError(
      code("JOB_UNKNOWN", { reason: "unknown kind" }),
    );
    await expect(jobs.add("toString", {})).rejects.toThrowError(
      code("JOB_UNKNOWN", { reason: "unknown kind" }),
    );
    await expect(jobs.deadLetters("nothing", 1)).rejects.toThrowError(
      code("JOB_UNKNOWN", { reason: "unknown kind" }),
    );
    await expect(jobs.find("echo", "'; --")).rejects.toThrowError(code("JOB_UNKNOWN"));
    await expect(jobs.cancel("echo", crypto.randomUUID())).rejects.toThrowError(code("JOB_UNKNOWN"));
  });

  it("REST-3: data and outputs are encrypted, those of an earlier version too", async () => {
    const database = under.database();
    const [former, kinds] = [{ text: "canary of earlier" }, { echo: { retriesMax: 0 } }];
    const old = await jobs.add("echo", former);
    const masterKeys = () => [new Uint8Array(32).fill(7)];
    const atRest = await openAtRest({ schema: "jobs_at_rest" }, { ...SILENT, database, masterKeys });
    const sealed = await openJobs({ kinds, pollS: 0.5 }, { ...SILENT, database, atRest });
    opened.push(sealed);
    const fresh = await sealed.add("echo", { text: "canary of now" });
    await sealed.work("echo", async ({ data }: JobRun<{ text: string }>) => {
      if (data.text === former.text) throw new Error(`canary of ${data.text}`);
      return data;
    });
    await expect
      .poll(() => sealed.find("echo", fresh!))
      .toMatchObject({
        state: "done",
        output: { value: { text: "canary of now" } },
      });
    const [dead] = await sealed.deadLetters("echo", 1);
    expect(dead).toMatchObject({ id: old, data: former, error: "canary of canary of earlier" });
    const { rows } = await database.query("SELECT row::text FROM jobs_state.job AS row");
    expect(JSON.stringify(rows)).not.toContain("canary");
  });
});
