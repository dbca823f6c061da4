import { resolve } from "node:path";
import { pushWal, WalArchive } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { print } from "../printing.ts";
import { type RepositoryAccess, SYSTEM } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function pushWalFile(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const path = resolve(settings.file);
  await pushWal(path, await WalArchive.open({ ...access, ...SYSTEM }));
  print(settings, io, { archived: path }, [`${path}: archived`]);
}
