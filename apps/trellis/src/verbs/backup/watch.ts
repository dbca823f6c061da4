import { openBackupWatch } from "@trellis/backup/service";
import type { LiveSettings } from "@trellis/platform/config";
import { endWithParent } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { addConsole } from "../../console/addConsole.ts";
import { postgresIn } from "./operations/postgresIn.ts";
import { workOn } from "./operations/workOn.ts";
import { accessesIn, openRepository } from "./RepositoryAccess.ts";
import type { BackupFlags, BackupSettings } from "./settings.ts";

export async function run(
  settings: BackupSettings,
  io: ServiceIo,
  live: LiveSettings<BackupFlags>,
): Promise<void> {
  const { dataDir, json } = settings;
  const accesses = await accessesIn(settings, io);
  // A wrong key or a missing repository fails the start.
  for (const access of accesses) await openRepository(access);
  const ports = { log: io.log.child("backup"), ...(await postgresIn(settings, io)) };
  const works = accesses.map((access) => workOn(settings, access, ports));
  const addPages = (server: Parameters<typeof addConsole>[0]) => addConsole(server, { parts: ["backup"] });
  const { port, adminKey } = await openBackupWatch(settings, { live, works, addPages }, io);
  io.lifecycle.serving();
  endWithParent();
  const repositories = works.map(({ place }) => place);
  const ready = { event: "ready", url: port.url, dataDir, repositories, adminKey: adminKey ?? null };
  io.stdout.write(json ? `${JSON.stringify(ready)}\n` : readyText(ready));
}

function readyText(ready: {
  readonly url: string;
  readonly dataDir: string;
  readonly repositories: readonly string[];
  readonly adminKey: string | null;
}): string {
  const { url, dataDir, repositories, adminKey } = ready;
  return [
    "",
    `  Trellis backup of ${dataDir} to ${repositories.join(", ")}: ${url}, for people ${url}/v1/docs`,
    ...(adminKey === null ? [] : [`  Admin API key, shown until it is used: ${adminKey}`]),
    "",
    "",
  ].join("\n");
}
