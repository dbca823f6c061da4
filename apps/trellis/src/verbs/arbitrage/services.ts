import type { LiveSettings } from "@trellis/platform/config";
import type { ServiceIo } from "@trellis/platform/service";
import type { ArbitrageFlags, ArbitrageSettings } from "./settings.ts";

export async function run(
  settings: ArbitrageSettings,
  io: ServiceIo,
  live: LiveSettings<ArbitrageFlags>,
): Promise<void> {
  if (settings.action === "signer") await (await import("./signer.ts")).run(settings, io, live);
  else await (await import("./serve.ts")).run(settings, io, live);
}
