import { fileURLToPath } from "node:url";
import { standByDemo } from "@trellis/demo/standby";
import { endWithParent } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { checkSettings } from "./checkSettings.ts";
import type { DevnetSettings } from "./settings.ts";

const DEMO_PROCESS = fileURLToPath(new URL("./demoProcess.ts", import.meta.url));

/** The demo's process loads its modules while this one loads its own, which takes a second of processor time. */
export async function run(settings: DevnetSettings, io: ServiceIo): Promise<void> {
  endWithParent();
  checkSettings(settings);
  const { noReserves, arbitrage } = settings;
  const parts = [
    ...(noReserves ? [] : (["reserves"] as const)),
    ...(arbitrage === "off" ? [] : (["market"] as const)),
  ];
  const standby = parts.length === 0 ? undefined : standByDemo(DEMO_PROCESS, parts, io);
  const { runDevnet } = await import("./runDevnet.ts");
  await runDevnet(settings, standby && { file: DEMO_PROCESS, standby }, io);
}
