import type { LiveSettings } from "@trellis/platform/config";
import { endWithParent } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { openReserves } from "@trellis/reserves/service";
import { addConsole } from "../../console/addConsole.ts";
import type { ReservesFlags, ReservesSettings } from "./settings.ts";

export async function run(
  settings: ReservesSettings,
  io: ServiceIo,
  live: LiveSettings<ReservesFlags>,
): Promise<void> {
  const { port, adminKey } = await openReserves(
    settings,
    { live, addPages: (server) => addConsole(server, { parts: ["reserves"] }) },
    io,
  );
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
