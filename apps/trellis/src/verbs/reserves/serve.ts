import type { ServiceIo } from "../../cli/VerbIo.ts";
import { openReserves } from "../../compose/reserves/openReserves.ts";
import type { ReservesSettings } from "../../config/reserves.ts";

/** Serves until it is told to stop. */
export async function run(settings: ReservesSettings, io: ServiceIo): Promise<void> {
  const { port, adminKey } = await openReserves(settings, io);
  io.lifecycle.serving();
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
    ...(adminKey === null ? [] : [`  Admin API key, shown only now: ${adminKey}`]),
    "",
    "",
  ].join("\n");
}
