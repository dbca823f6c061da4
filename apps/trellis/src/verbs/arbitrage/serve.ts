import { type OpenedArbitrage, openArbitrage } from "@trellis/arbitrage/service";
import type { LiveSettings } from "@trellis/platform/config";
import type { ServiceIo } from "@trellis/platform/service";
import { addConsole } from "../../console/addConsole.ts";
import type { ArbitrageFlags, ArbitrageSettings } from "./settings.ts";

export async function run(
  settings: ArbitrageSettings,
  io: ServiceIo,
  live: LiveSettings<ArbitrageFlags>,
): Promise<void> {
  const opened = await openArbitrage(
    settings,
    { live, addPages: (server) => addConsole(server, { parts: ["arbitrage"] }) },
    io,
  );
  io.lifecycle.serving();
  io.stdout.write(startText(settings, opened));
}

/** `isLive` is the service's value: a stored setting overrides the command line. */
export function startText(
  { chain, dataDir, json }: Pick<ArbitrageSettings, "chain" | "dataDir" | "json">,
  { port: { url }, adminKey, options, isLive }: StartedArbitrage,
): string {
  const { arbitrageur, executor: wallet } = options;
  const facts = { chain, isLive, wallet, arbitrageur, dataDir, adminKey: adminKey ?? null };
  if (json) return `${JSON.stringify({ event: "ready", url, ...facts })}\n`;
  const mode = isLive ? "with money" : "on paper";
  return [
    "",
    `  Trellis arbitrage on chain ${chain}, ${mode}: ${url}/v1, for people ${url}/v1/docs, data ${dataDir}`,
    `  Wallet ${wallet}, Arbitrageur ${arbitrageur}`,
    ...(adminKey === undefined ? [] : [`  Admin API key, shown until it is used: ${adminKey}`]),
    "",
    "",
  ].join("\n");
}

interface StartedArbitrage extends Pick<OpenedArbitrage, "adminKey" | "isLive"> {
  readonly port: Pick<OpenedArbitrage["port"], "url">;
  readonly options: Pick<OpenedArbitrage["options"], "arbitrageur" | "executor">;
}
