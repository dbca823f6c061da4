import type { JobRun, JobView } from "@trellis/platform/jobs";
import { expect, it } from "vitest";
import { type Scheduled, skipDuplicateJob } from "./skipDuplicateJob.ts";

it("a scheduled job is skipped while another runs; all others run", async () => {
  const shared = { kind: "snapshot", data: {}, attempts: 1, progress: undefined };
  const view = (
    id: string,
    addedAtMs: number,
    endedAtMs?: number,
    output: object = { value: {} },
  ): JobView => ({
    ...shared,
    id,
    addedAtMs,
    endedAtMs,
    output,
    state: endedAtMs === undefined ? "running" : "done",
  });
  const views: JobView[] = [];
  const jobs = {
    find: async (_: string, id: string) => views.find((one) => one.id === id)!,
    list: async () => views,
  };
  const work = skipDuplicateJob<Scheduled>("snapshot", jobs, async ({ id }) => `taken by ${id}`);
  const run = (id: string, isScheduled: boolean) =>
    work({ id, data: { isScheduled } } as unknown as JobRun<Scheduled>);

  views.push(view("first", 100));
  expect(await run("first", true)).toBe("taken by first");
  views.splice(0, 1, view("first", 100, 300));
  views.push(view("tick", 200), view("asked", 250));
  expect(await run("tick", true)).toEqual({ skippedFor: "first" });
  expect(await run("asked", false)).toBe("taken by asked");
  views.splice(1, 2, view("tick", 200, 600, { value: { skippedFor: "first" } }), view("next", 500));
  expect(await run("next", true)).toBe("taken by next");
});
