import { setTimeout as pause } from "node:timers/promises";
import { type BackupPorts, PostgresServer } from "@trellis/backup";
import { readSecret, type SecretIo } from "@trellis/platform/secrets";
import type { BackupSettings } from "../settings.ts";

/** Empty without a cluster. */
export async function postgresIn(
  { postgres }: Pick<BackupSettings, "postgres">,
  io: SecretIo,
): Promise<Pick<BackupPorts, "postgres">> {
  if (postgres === "") return {};
  const url = await readSecret(postgres, "URL of PostgreSQL", io);
  // Timers of the system's scheduler would let the process end.
  return { postgres: { server: new PostgresServer(url.trim()), pause } };
}
