import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  backupErrors,
  type Manifest,
  type Repository,
  restoreBackup,
  verifyRepository,
} from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { bytesText } from "../../db/bytesText.ts";
import { print } from "../printing.ts";
import { proveRestored } from "../proveRestored.ts";
import { chosen, openRepository, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

/** With an id, also restores that backup into a temporary directory and proves it. */
export async function verify(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const repository = await openRepository(access);
  const { problems, ...counts } = await verifyRepository({ store: access.store, repository });
  const [first] = problems;
  if (first !== undefined) {
    for (const { object, reason } of problems) io.stderr.write(`${object}: ${reason}\n`);
    throw backupErrors.REPOSITORY_DAMAGED({ object: first.object, reason: first.reason });
  }
  const proofs =
    settings.backup === "" ? [] : await proveBackup(await chosen(settings.backup, repository), repository);
  print(settings, io, { ...counts, problems, proofs }, [
    `${counts.backups} backups, ${counts.packs} packs, ${counts.chunks} chunks, ${bytesText(counts.bytes)}: intact`,
    ...proofs,
  ]);
}

async function proveBackup(backup: Manifest, repository: Repository): Promise<readonly string[]> {
  const scratch = await mkdtemp(join(tmpdir(), "trellis-verify-"));
  let proofs: readonly string[] = [];
  try {
    const prove = async (directory: string): Promise<void> => {
      ({ proofs } = await proveRestored(backup, directory));
    };
    await restoreBackup({ backup, target: join(scratch, "restored") }, { repository, prove });
    return proofs;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
