import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { openJobs } from "@trellis/platform/jobs";
import { createEnvelope } from "@trellis/platform/secrets";
import { expect, it } from "vitest";
import { draft, MASTER_KEY, testLedger } from "../ledger/testing/testLedger.ts";
import { testAtRest } from "../testing/testAtRest.ts";
import { createCustodianSigner, openSnapshots, SNAPSHOT_JOB, snapshotJob } from "./index.ts";

describeDatabases("snapshot job", (under) => {
  it("with several workers a later attempt completes a failed one, once", async () => {
    const database = under.database();
    const ledger = await testLedger(database, "ledger_job");
    await ledger.enter([draft(), draft({ customer: "bob" })]);
    const envelope = createEnvelope([MASTER_KEY], SILENT.random);
    const seeded = createCustodianSigner(new Uint8Array(32).fill(9));
    let failures = 1;
    const signer = {
      ...seeded,
      sign: async (message: Uint8Array) => {
        if (failures-- > 0) throw new Error("the key is away");
        return seeded.sign(message);
      },
    };
    const snapshots = await openSnapshots({
      ...SILENT,
      database,
      ledger,
      envelope,
      atRest: await testAtRest(database),
      signer,
    });
    const workers = await Promise.all(
      [1, 2, 3].map(() =>
        openJobs({ kinds: { [SNAPSHOT_JOB.name]: SNAPSHOT_JOB.kind }, pollS: 0.5 }, { ...SILENT, database }),
      ),
    );
    for (const worker of workers) await worker.work(SNAPSHOT_JOB.name, snapshotJob(snapshots, SILENT));
    const number = await snapshots.begin();
    const id = await workers[0]!.add(SNAPSHOT_JOB.name, { number });
    await expect
      .poll(() => workers[1]!.find(SNAPSHOT_JOB.name, id!), { interval: 200 })
      .toMatchObject({ state: "done", attempts: 2, progress: { phase: "sign" } });
    const { record } = await snapshots.record(number);
    expect((await workers[2]!.find(SNAPSHOT_JOB.name, id!)).output).toEqual({
      value: { number, root: record.root },
    });
    for (const worker of workers) await worker.close();
  });
});
