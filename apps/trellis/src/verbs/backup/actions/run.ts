import { resolve } from "node:path";
import { type ManifestPart, paceOf } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { bytesText } from "../../db/bytesText.ts";
import { release } from "../../version/release.ts";
import { makeFullBackup } from "../operations/makeFullBackup.ts";
import { postgresIn } from "../operations/postgresIn.ts";
import { factsOf, print } from "../printing.ts";
import { locked, type RepositoryAccess, SYSTEM } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function backUp(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const options = { dataDir: resolve(settings.dataDir), release: release() };
  const onPart = ({ kind, name, bytes, files }: ManifestPart): void => {
    if (settings.json || kind === "wal") return;
    io.stdout.write(`${kind.padEnd(9)}${bytesText(bytes).padStart(10)}  ${files} files  ${name}\n`);
  };
  const pace = paceOf(settings.limitRate, SYSTEM);
  const postgres = await postgresIn(settings, io);
  const made = await locked(`backup of ${options.dataDir}`, access, io, (ports) =>
    makeFullBackup(options, { ...ports, ...postgres, onPart, pace }, io.log),
  );
  print(settings, io, factsOf(made), [`${made.id}: ${bytesText(made.addedBytes)} added`]);
}
