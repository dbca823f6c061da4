import type { ServiceIo } from "@trellis/platform/service";
import { bytesText } from "../../db/bytesText.ts";
import { factsOf, print } from "../printing.ts";
import { openRepository, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function list(settings: BackupSettings, access: RepositoryAccess, io: ServiceIo): Promise<void> {
  const backups = await (await openRepository(access)).backups();
  const lines = backups.map((backup) => {
    const { id, bytes, parts, addedBytes } = factsOf(backup);
    return `${id}  ${bytesText(bytes).padStart(10)}  ${bytesText(addedBytes).padStart(10)} added  ${parts.length} parts`;
  });
  print(settings, io, { backups: backups.map(factsOf) }, lines.length === 0 ? ["no backups"] : lines);
}
