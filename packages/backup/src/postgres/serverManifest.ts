import { createHash } from "node:crypto";
import { z } from "zod";
import { backupErrors } from "../errors.ts";

export interface ReceivedFile {
  readonly bytes: number;
  /** Of its contents. Hex */
  readonly sha256: string;
}

/** https://www.postgresql.org/docs/current/backup-manifest-format.html */
const serverManifest = z.object({
  Files: z.array(
    z.object({
      Path: z.string().optional(),
      "Encoded-Path": z.string().optional(),
      Size: z.int().min(0),
      "Checksum-Algorithm": z.literal("SHA256"),
      Checksum: z.string(),
    }),
  ),
  "Manifest-Checksum": z.string(),
});

/**
 * Compares what was received with the list that the server made while it read its files.
 * @throws BACKUP_POSTGRES_REFUSED
 */
export function verifyReceived(bytes: Uint8Array, received: ReadonlyMap<string, ReceivedFile>): void {
  const text = Buffer.from(bytes).toString("utf8");
  const { Files: files, "Manifest-Checksum": checksum } = parsed(text);
  // The checksum is of everything before its own line.
  const lastLine = text.lastIndexOf("\n", text.length - 2) + 1;
  if (createHash("sha256").update(text.slice(0, lastLine)).digest("hex") !== checksum)
    throw refused("the server's list of files arrived damaged");
  for (const { Path: plain, "Encoded-Path": encoded = "", Size: size, Checksum: sha256 } of files) {
    const path = plain ?? Buffer.from(encoded, "hex").toString("utf8");
    const file = received.get(path);
    if (file?.bytes !== size || file.sha256 !== sha256) throw refused(`${path} arrived damaged`);
  }
  if (files.length === received.size) return;
  throw refused(`${received.size} files arrived, but the server lists ${files.length}`);
}

function parsed(text: string): z.output<typeof serverManifest> {
  try {
    return serverManifest.parse(JSON.parse(text));
  } catch (error) {
    throw backupErrors.BACKUP_POSTGRES_REFUSED({ reason: "the server's list of files is malformed" }, error);
  }
}

function refused(reason: string): Error {
  return backupErrors.BACKUP_POSTGRES_REFUSED({ reason });
}
