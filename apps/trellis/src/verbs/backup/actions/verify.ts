import type { ServiceIo } from "@trellis/platform/service";
import { bytesText } from "../../db/bytesText.ts";
import { checkRepository, refuseDamage } from "../operations/checkRepository.ts";
import { print } from "../printing.ts";
import { proveBackup } from "../proving/proveBackup.ts";
import { proveRestored } from "../proving/proveRestored.ts";
import { chosen, openRepository, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

/** With an id, also restores that backup into a temporary directory and proves it. */
export async function verify(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const repository = await openRepository(access);
  const { problems, ...counts } = await checkRepository(access, repository);
  for (const { object, reason } of problems) io.stderr.write(`${object}: ${reason}\n`);
  refuseDamage({ problems });
  const proofs =
    settings.backup === ""
      ? []
      : await proveBackup(await chosen(settings.backup, repository), access, proveRestored);
  print(settings, io, { ...counts, problems, proofs }, [
    `${counts.backups} backups, ${counts.packs} packs, ${counts.chunks} chunks, ${bytesText(counts.bytes)}: intact`,
    ...proofs,
  ]);
}
