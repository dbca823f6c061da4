import type { LiveSettings } from "@trellis/platform/config";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import { endWithParent } from "../../compose/childProcess.ts";
import { openReserves } from "../../compose/reserves/openReserves.ts";
import type { ReservesFlags, ReservesSettings } from "../../config/reserves.ts";

/** Serves until it is told to stop. */
export async function run(
  settings: ReservesSettings,
  io: ServiceIo,
  live: LiveSettings<ReservesFlags>,
): Promise<void> {
  const { port, adminKey } = await openReserves(settings, io, live);
  io.lifecycle.serving();
  endWithParent();
  const { custodian, dataDir, json } = settings;
  const ready = { event: "ready", url: port.url, custodian, dataDir, adminKey: adminKey ?? null };
  io.stdout.write(json ? `${JSON.stringify(ready)}\n` : readyText(ready));
}

function readyText(ready: {
  readonly url: string;
  readonly custodian: string;
  readonly dataDir: string;
  readonly adminKey: string | null;
}): string {
  const { url, custodian, dataDir, adminKey } = ready;
  return [
    "",
    `  Trellis reserves of ${custodian}: ${url}/v1, for people ${url}/v1/docs, data ${dataDir}`,
    ...(adminKey === null ? [] : [`  Admin API key, shown until it is used: ${adminKey}`]),
    "",
    "",
  ].join("\n");
}
