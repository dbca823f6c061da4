import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { platformErrors } from "@trellis/platform";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock } from "@trellis/platform/system";
import { trellisErrors } from "../../errors.ts";
import { accessesIn } from "../backup/RepositoryAccess.ts";
import { release } from "../version/release.ts";
import { DrillRecord, type DrillReport } from "./DrillRecord.ts";
import { rehearse } from "./rehearsal.ts";
import type { DrillSettings } from "./settings.ts";
import { totalLoss } from "./totalLoss.ts";
import { summaryOf, writeReport } from "./writeReport.ts";

export async function run(settings: DrillSettings, io: ServiceIo): Promise<void> {
  const { lifecycle, stdout } = io;
  const scratch = await lifecycle.start(
    "scratch directory",
    () => mkdtemp(join(tmpdir(), "trellis-drill-")),
    (directory) => rm(directory, { recursive: true, force: true }),
  );
  const { report, failure } = await drilled(settings, scratch, io);
  if (settings.report !== "") await writeReport(settings.report, report);
  stdout.write(settings.json ? `${JSON.stringify(report)}\n` : summaryOf(report));
  if (report.isPassed) return;
  const failed = report.checks.filter(({ isPassed }) => !isPassed);
  const { name, detail } = failed[0]!;
  throw trellisErrors.DRILL_FAILED({ check: name, detail, failed: failed.length }, failure);
}

interface Outcome {
  readonly report: DrillReport;
  /** Ended the drill. */
  readonly failure?: unknown;
}

async function drilled(settings: DrillSettings, scratch: string, io: ServiceIo): Promise<Outcome> {
  const isRehearsal = settings.repository.length > 0;
  const record = new DrillRecord(isRehearsal ? "restore of a backup" : "total loss of a devnet", {
    clock: systemClock,
    onProgress: (line) => io.stderr.write(`${line}\n`),
  });
  try {
    if (isRehearsal) await rehearseFirst(settings, scratch, record, io);
    else await totalLoss(scratch, record, io);
    record.checkObjectives(settings);
    return { report: record.report(release()) };
  } catch (failure) {
    if (io.lifecycle.signal.aborted) throw platformErrors.LIFECYCLE_STOPPING({ service: "drill" });
    // Nothing was drilled.
    if (record.steps.length === 0) throw failure;
    record.failed(failure);
    return { report: record.report(release()), failure };
  }
}

/** A drill uses the repository that a restore would use first. */
async function rehearseFirst(
  { backup, ...settings }: DrillSettings,
  scratch: string,
  record: DrillRecord,
  io: ServiceIo,
): Promise<void> {
  const [access] = await accessesIn({ ...settings, newPassphraseFrom: "", newWrappedBy: "" }, io);
  const work = rehearse({ backup, scratch }, access!, record, io);
  // The scratch directory is removed when nothing writes into it.
  await io.lifecycle.start(
    "rehearsal",
    () => ({ work }),
    async () => void (await Promise.allSettled([work])),
  );
  await work;
}
