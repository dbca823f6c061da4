import {
  type BackupPorts,
  backupErrors,
  type Manifest,
  RepositoryLock,
  runLogBackup,
  stoppableStore,
} from "@trellis/backup";
import type { BackupWork, RunResult } from "@trellis/backup/service";
import type { Log } from "@trellis/base";
import { release } from "../../version/release.ts";
import { holderOf, openRepository, type RepositoryAccess, SYSTEM } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";
import { checkRepository, refuseDamage } from "./checkRepository.ts";
import { makeFullBackup } from "./makeFullBackup.ts";
import { proveBackup } from "./proveBackup.ts";
import { proveInThread } from "./proveInThread.ts";
import { pruneRepository } from "./pruneRepository.ts";
import { retentionIn } from "./retentionIn.ts";

/** What `watch` does in one repository. */
export function workOn(
  settings: BackupSettings,
  access: RepositoryAccess,
  { log, postgres }: { readonly log: Log } & Pick<BackupPorts, "postgres">,
): BackupWork {
  const { dataDir } = settings;
  const options = { dataDir, release: release() };
  const policy = retentionIn(settings);
  return {
    place: access.store.place,
    full: async (signal) =>
      resultOf(
        await locked(`backup of ${dataDir}`, access, (ports) =>
          makeFullBackup(options, { ...ports, ...(postgres && { postgres }), signal }, log),
        ),
      ),
    log: async (signal) =>
      resultOf(
        await locked(`logs of ${dataDir}`, access, (ports) => runLogBackup(options, { ...ports, signal })),
      ),
    verify: (signal) => verify({ ...access, store: stoppableStore(access.store, signal) }, signal),
    prune: Object.values(policy).some((count) => count > 0)
      ? async () => {
          await pruneRepository(settings, access, locked);
          return resultOf(undefined);
        }
      : undefined,
    backups: async () => (await openRepository(access)).backups(),
  };
}

async function verify(access: RepositoryAccess, signal: AbortSignal): Promise<RunResult> {
  const repository = await openRepository(access);
  const report = await checkRepository(access, repository);
  refuseDamage(report);
  const newest = (await repository.backups()).at(-1);
  if (newest === undefined) throw backupErrors.BACKUP_UNKNOWN({ backup: "latest", backups: 0 });
  const prove = (backup: Manifest, directory: string) => proveInThread(backup, directory, signal);
  const proofs = await proveBackup(newest, access, prove);
  return { backup: newest.id, bytes: report.bytes, addedBytes: 0, proofs };
}

/** For a service, whose lifecycle outlives the lock. */
async function locked<T>(
  what: string,
  access: RepositoryAccess,
  work: (ports: BackupPorts) => Promise<T>,
): Promise<T> {
  // A missing repository must not get a lock file.
  await openRepository(access);
  const lock = await RepositoryLock.take(holderOf(what), { store: access.store, ...SYSTEM });
  try {
    return await work({ lock, repository: await openRepository(access), ...SYSTEM });
  } finally {
    await lock.release();
  }
}

function resultOf(made: Manifest | undefined): RunResult {
  const bytes = made?.parts.reduce((sum, part) => sum + part.bytes, 0) ?? 0;
  return { backup: made?.id, bytes, addedBytes: made?.addedBytes ?? 0 };
}
