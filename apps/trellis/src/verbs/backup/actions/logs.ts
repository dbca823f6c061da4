import { resolve } from "node:path";
import { paceOf, runLogBackup } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { bytesText } from "../../db/bytesText.ts";
import { release } from "../../version/release.ts";
import { postgresIn } from "../operations/postgresIn.ts";
import { factsOf, print } from "../printing.ts";
import { locked, type RepositoryAccess, SYSTEM } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function backUpLogs(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const options = { dataDir: resolve(settings.dataDir), release: release() };
  const postgres = await postgresIn(settings, io);
  const made = await locked(`logs of ${options.dataDir}`, access, io, (ports) =>
    runLogBackup(options, { ...ports, ...postgres, pace: paceOf(settings.limitRate, SYSTEM) }),
  );
  if (made === undefined)
    return print(settings, io, { id: null }, ["nothing was written since the last backup"]);
  print(settings, io, factsOf(made), [`${made.id}: ${bytesText(made.addedBytes)} added to the logs`]);
}
