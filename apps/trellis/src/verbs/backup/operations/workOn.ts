import {
  type BackupPorts,
  bytesOf,
  type Manifest,
  paceOf,
  runLogBackup,
  stoppableStore,
} from "@trellis/backup";
import type { BackupWork, RunResult } from "@trellis/backup/service";
import type { Log } from "@trellis/base";
import { release } from "../../version/release.ts";
import { proveBackup } from "../proving/proveBackup.ts";
import { proveInThread } from "../proving/proveInThread.ts";
import { chosen, locked, openRepository, type RepositoryAccess, SYSTEM } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";
import { checkRepository, refuseDamage } from "./checkRepository.ts";
import { makeFullBackup } from "./makeFullBackup.ts";
import { pruneRepository } from "./pruneRepository.ts";
import { keepsSome, retentionIn } from "./retentionIn.ts";

/** The service's lifecycle outlives its locks. */
const UNTIL_DONE = {};

/** What `watch` does in one repository. */
export function workOn(
  settings: BackupSettings,
  access: RepositoryAccess,
  { log, postgres }: { readonly log: Log } & Pick<BackupPorts, "postgres">,
): BackupWork {
  const { dataDir } = settings;
  const options = { dataDir, release: release() };
  const pace = paceOf(settings.limitRate, SYSTEM);
  const policy = retentionIn(settings);
  return {
    place: access.store.place,
    full: async (signal) =>
      resultOf(
        await locked(`backup of ${dataDir}`, access, UNTIL_DONE, (ports) =>
          makeFullBackup(options, { ...ports, ...(postgres && { postgres }), signal, pace }, log),
        ),
      ),
    log: async (signal) =>
      resultOf(
        await locked(`logs of ${dataDir}`, access, UNTIL_DONE, (ports) =>
          runLogBackup(options, { ...ports, ...(postgres && { postgres }), signal, pace }),
        ),
      ),
    verify: (signal) => verify({ ...access, store: stoppableStore(access.store, signal) }, signal),
    prune: keepsSome(policy)
      ? async (signal) => {
          await pruneRepository(settings, access, UNTIL_DONE, signal);
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
  const newest = await chosen("latest", repository);
  const prove = async (backup: Manifest, directory: string) => ({
    proofs: await proveInThread(backup, directory, signal),
  });
  const proofs = await proveBackup(newest, access, prove);
  return { backup: newest.id, bytes: report.bytes, addedBytes: 0, proofs };
}

function resultOf(made: Manifest | undefined): RunResult {
  return { backup: made?.id, bytes: made ? bytesOf(made) : 0, addedBytes: made?.addedBytes ?? 0 };
}
