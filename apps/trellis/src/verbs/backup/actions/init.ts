import { createRepository } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { print } from "../printing.ts";
import { type RepositoryAccess, SYSTEM } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function init(settings: BackupSettings, access: RepositoryAccess, io: ServiceIo): Promise<void> {
  const { id } = await createRepository({ ...access, ...SYSTEM });
  print(settings, io, { repository: access.store.place, id }, [
    `${access.store.place}: repository ${id}`,
    "Keep the passphrase or key apart from the data: without it nobody can restore a backup.",
  ]);
}
