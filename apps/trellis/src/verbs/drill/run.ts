import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { platformErrors } from "@trellis/platform";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock } from "@trellis/platform/system";
import { trellisErrors } from "../../errors.ts";
import { accessesIn, openRepository, type RepositoryAccess } from "../backup/RepositoryAccess.ts";
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
    if (isRehearsal) await rehearseAll(settings, scratch, record, io);
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

async function rehearseAll(
  settings: DrillSettings,
  scratch: string,
  record: DrillRecord,
  io: ServiceIo,
): Promise<void> {
  const work = rehearseEach(settings, scratch, record, io);
  // The scratch directory is removed when nothing writes into it.
  await io.lifecycle.start(
    "rehearsal",
    () => ({ work }),
    async () => void (await Promise.allSettled([work])),
  );
  await work;
}

/** A disaster may leave any of the repositories. @throws the first failure, after all */
async function rehearseEach(
  { backup, ...settings }: DrillSettings,
  scratch: string,
  record: DrillRecord,
  io: ServiceIo,
): Promise<void> {
  const all = await accessesIn({ ...settings, newPassphraseFrom: "", newWrappedBy: "" }, io);
  const accesses = backup === "latest" ? all : await having(backup, all);
  const failures: unknown[] = [];
  for (const access of accesses) {
    io.lifecycle.signal.throwIfAborted();
    const suffix = accesses.length === 1 ? "" : ` (${access.store.place})`;
    await rehearse({ backup, scratch, suffix }, access, record, io).catch((error: unknown) =>
      failures.push(error),
    );
  }
  if (failures.length > 0) throw failures[0];
}

/** The repository that has the backup, or the first one. */
async function having(backup: string, accesses: readonly RepositoryAccess[]): Promise<RepositoryAccess[]> {
  for (const access of accesses) {
    const ids = await openRepository(access)
      .then((opened) => opened.listed())
      .catch((): string[] => []);
    if (ids.includes(backup)) return [access];
  }
  return accesses.slice(0, 1);
}
