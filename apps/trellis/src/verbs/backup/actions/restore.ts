import { resolve } from "node:path";
import { chooseBackup, restoreBackup } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { factsOf, print, progressOn } from "../printing.ts";
import { proveRestored } from "../proveRestored.ts";
import { chosen, openRepository, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function restore(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const repository = await openRepository(access);
  const target = resolve(settings.target);
  const targetMs = settings.at === "" ? undefined : Date.parse(settings.at);
  const backup =
    targetMs === undefined
      ? await chosen(settings.backup, repository)
      : chooseBackup(await repository.backups(), targetMs);
  let proofs: string[] = [];
  await restoreBackup(
    { backup, target, ...(targetMs !== undefined && { targetMs }) },
    {
      repository,
      prove: async (directory) => {
        proofs = await proveRestored(backup, directory);
      },
      onBytes: settings.json ? () => {} : progressOn(io),
    },
  );
  print(settings, io, { ...factsOf(backup), target, proofs }, [
    `${target}: restored as of ${factsOf(backup).at}`,
    ...proofs,
  ]);
}
