import type { ServiceIo } from "@trellis/platform/service";
import { bytesText } from "../../db/bytesText.ts";
import { print } from "../printing.ts";
import { proveRestored } from "../proveRestored.ts";
import { chosen, openRepository, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";
import { checkRepository, refuseDamage } from "../work/checkRepository.ts";
import { proveBackup } from "../work/proveBackup.ts";

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
      : await proveBackup(await chosen(settings.backup, repository), access, async (backup, directory) => {
          const { proofs } = await proveRestored(backup, directory);
          return proofs;
        });
  print(settings, io, { ...counts, problems, proofs }, [
    `${counts.backups} backups, ${counts.packs} packs, ${counts.chunks} chunks, ${bytesText(counts.bytes)}: intact`,
    ...proofs,
  ]);
}
