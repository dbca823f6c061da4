import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { expect, it } from "vitest";
import { openJobs } from "./index.ts";
import { fireSchedules } from "./schedules.ts";
import { openJobTables } from "./schema.ts";

describeDatabases("schedules", (under) => {
  it("an occurrence of a schedule adds one job over all processes", async () => {
    const dependencies = { ...SILENT, database: under.database() };
    const jobs = await openJobs({ kinds: { minutely: {} } }, dependencies);
    const tables = await openJobTables("jobs_state", dependencies);
    const fireInThree = () => Promise.all([1, 2, 3].map(() => fireSchedules(tables, new Map())));
    const minute = () => Math.floor(Date.now() / 60_000);
    const first = minute();
    for (const _ of [1, 2]) {
      await jobs.schedule("minutely", "* * * * *", { isScheduled: true });
      await fireInThree();
    }
    await jobs.unschedule("minutely");
    const added = await jobs.list("minutely", 10);
    expect(added[0]).toMatchObject({ state: "waiting", data: { isScheduled: true } });
    expect(added.length).toBeLessThanOrEqual(1 + minute() - first);
    await fireInThree();
    expect(await jobs.list("minutely", 10)).toEqual(added);
    await jobs.close();
  });
});
