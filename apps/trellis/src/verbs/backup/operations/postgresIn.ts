import { type BackupPorts, PostgresServer } from "@trellis/backup";
import { readSecret, type SecretIo } from "@trellis/platform/secrets";
import { SYSTEM } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

/** Empty without a cluster. */
export async function postgresIn(
  { postgres }: Pick<BackupSettings, "postgres">,
  io: SecretIo,
): Promise<Pick<BackupPorts, "postgres">> {
  if (postgres === "") return {};
  const url = await readSecret(postgres, "URL of PostgreSQL", io);
  return { postgres: { server: new PostgresServer(url.trim()), pause: SYSTEM.pause } };
}
