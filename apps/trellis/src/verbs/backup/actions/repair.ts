import { Repository, RepositoryLock } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { print } from "../printing.ts";
import { holderOf, type RepositoryAccess, SYSTEM } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function repair(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const lock = await RepositoryLock.take(holderOf("repair"), { store: access.store, ...SYSTEM });
  try {
    await Repository.repair({ ...access, ...SYSTEM }, lock.check);
  } finally {
    await lock.release();
  }
  print(settings, io, { repaired: "indexes" }, [
    "indexes rebuilt from the packs; run `trellis backup verify`",
  ]);
}
