import { join, relative, resolve } from "node:path";
import {
  chooseBackup,
  chooseBackupBefore,
  type Manifest,
  type RecoveryTarget,
  type Repository,
  restoreBackup,
} from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock } from "@trellis/platform/system";
import { trellisErrors } from "../../../errors.ts";
import { chainTime } from "../chainTime.ts";
import { markValidators } from "../markValidators.ts";
import { factsOf, print, restoreProgress } from "../printing.ts";
import { proveRestored } from "../proving/proveRestored.ts";
import { chosen, openRepository, type RepositoryAccess } from "../RepositoryAccess.ts";
import { restoreTarget } from "../restoreTarget.ts";
import type { BackupSettings } from "../settings.ts";

const OBSERVES = "this validator first observes the others, and signs from two checkpoints later";
const RESUMES = "this validator resumes in rounds above all that it can have signed";

export async function restore(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const repository = await openRepository(access);
  const target = resolve(settings.target);
  const recovery = restoreTarget(settings.at);
  const targetMs = recovery?.kind === "time" ? recovery.ms : undefined;
  const backup = await backupFor(settings, recovery, repository);
  const backupMs = await chainTime(backup, repository);
  let proofs: readonly string[] = [];
  let validators: readonly string[] = [];
  const progress = restoreProgress(io);
  await restoreBackup(
    { backup, target, ...(targetMs !== undefined && { targetMs }), ...(recovery && { recovery }) },
    {
      repository,
      prove: async (directory) => {
        const proof = await proveRestored(backup, directory);
        const lost = { backupMs, nowMs: systemClock.nowMs(), height: proof.headNumber };
        const marked = await markValidators(directory, settings.allValidatorsLost ? lost : undefined);
        validators = marked.map((each) => join(target, relative(directory, each)));
        proofs = proof.proofs;
      },
      onBytes: (restored, total) => progress.report("bytes", restored, total),
    },
  ).finally(progress.end);
  const chainAt = new Date(backupMs).toISOString();
  const isMixed = recovery !== undefined || backup.base !== undefined;
  print(settings, io, { ...factsOf(backup), chainAt, target, proofs, validators }, [
    `${target}: restored as of ${settings.at || factsOf(backup).at}`,
    ...(isMixed ? [`chains and other files, which have no log: as of ${chainAt}`] : []),
    ...proofs,
    ...validators.map((each) => `${each}: ${settings.allValidatorsLost ? RESUMES : OBSERVES}`),
  ]);
}

async function backupFor(
  { backup: asked }: BackupSettings,
  recovery: RecoveryTarget | undefined,
  repository: Repository,
): Promise<Manifest> {
  if (recovery?.kind === "time") {
    // The time chooses the backup.
    if (asked !== "latest")
      throw trellisErrors.USAGE_INVALID({ got: asked, needed: "latest, with this --at" });
    return chooseBackup(await repository.backups(), recovery.ms);
  }
  const before =
    recovery?.kind === "lsn" && asked === "latest"
      ? chooseBackupBefore(await repository.backups(), recovery.lsn)
      : undefined;
  return before ?? chosen(asked, repository);
}
