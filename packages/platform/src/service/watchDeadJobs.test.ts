import type { Scheduler } from "@trellis/base";
import { SILENT } from "@trellis/kit/embedded";
import { expect, it } from "vitest";
import type { DeadLetter } from "../jobs/index.ts";
import { createMemoryDedupeStore } from "../notify/createMemoryDedupeStore.ts";
import { createNotifier, type NotificationJob } from "../notify/index.ts";
import { watchDeadJobs } from "./watchDeadJobs.ts";

const HOUR_MS = 3_600_000;

it("job.dead: notifies of dead jobs with kind and error, once per kind at a time, and never of its own notification jobs", async () => {
  let nowMs = 1_000_000;
  let next: () => void = () => {};
  const scheduler: Scheduler = {
    after(_, task) {
      next = task;
      return { cancel() {} };
    },
  };
  const letters = new Map<string, DeadLetter[]>([
    ["anchor", []],
    ["notification", []],
  ]);
  let lookCount = 0;
  const jobs = {
    async deadLetters(kind: string) {
      if (kind === "notification") lookCount += 1;
      return letters.get(kind) ?? [];
    },
  };
  const died = (kind: string, data: object = {}): void => {
    letters.get(kind)!.unshift({ id: `${kind}-${nowMs}`, data, error: "RPC_DOWN: no node", diedAtMs: nowMs });
  };
  const queued: NotificationJob[] = [];
  const clock = { ...SILENT.clock, nowMs: () => nowMs };
  const notifier = createNotifier(
    [{ name: "all", kinds: ["job.dead"], severityMin: "info", channels: ["team"], dedupeMs: HOUR_MS }],
    {
      channels: { team: { send: async () => {} } },
      dedupe: createMemoryDedupeStore(),
      queue: { enqueue: async (job) => void queued.push(job) },
      clock,
      log: SILENT.log,
    },
  );
  const look = async (): Promise<string[]> => {
    const before = lookCount;
    next();
    await expect.poll(() => lookCount).toBe(before + 1);
    await new Promise((resolve) => setImmediate(resolve));
    return queued.splice(0).map(({ notification }) => notification.subject);
  };

  died("anchor");
  const watching = await watchDeadJobs(["anchor", "notification"], {
    jobs,
    notifier,
    clock,
    scheduler,
    log: SILENT.log,
  });
  expect(queued.splice(0)).toMatchObject([
    {
      notification: {
        kind: "job.dead",
        severity: "critical",
        subject: "Dead letter: anchor",
        text: "Job anchor-1000000 failed for the last time: RPC_DOWN: no node. An operator can retry it.",
      },
    },
  ]);
  expect(await look()).toEqual([]);
  nowMs += 1;
  died("anchor");
  expect(await look()).toEqual([]);
  nowMs += HOUR_MS;
  died("anchor");
  died("notification", { channel: "mail", notification: { dedupeKey: "incident.opened x" } });
  expect(await look()).toEqual(["Dead letter: anchor", "Dead letter: notification"]);
  nowMs += HOUR_MS;
  died("notification", { channel: "team", notification: { dedupeKey: "job.dead notification" } });
  expect(await look()).toEqual([]);
  watching.stop();
});
