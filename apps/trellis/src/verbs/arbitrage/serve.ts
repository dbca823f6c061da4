import type { LiveSettings } from "@trellis/platform/config";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import { openArbitrage } from "../../compose/arbitrage/openArbitrage.ts";
import type { ArbitrageFlags, ArbitrageSettings } from "../../config/arbitrage.ts";

/** Serves until it is told to stop. */
export async function run(
  settings: ArbitrageSettings,
  io: ServiceIo,
  live: LiveSettings<ArbitrageFlags>,
): Promise<void> {
  const { port, adminKey, terms } = await openArbitrage(settings, io, live);
  io.lifecycle.serving();
  const { chain, live: isLive, dataDir, json } = settings;
  const { arbitrageur, executor: wallet } = terms;
  const facts = { chain, isLive, wallet, arbitrageur, dataDir, adminKey: adminKey ?? null };
  const ready = { event: "ready", url: port.url, ...facts };
  const mode = isLive ? "with money" : "on paper";
  const text = [
    "",
    `  Trellis arbitrage on chain ${chain}, ${mode}: ${port.url}/v1, for people ${port.url}/v1/docs, data ${dataDir}`,
    `  Wallet ${wallet}, Arbitrageur ${arbitrageur}`,
    ...(adminKey === undefined ? [] : [`  Admin API key, shown until it is used: ${adminKey}`]),
    "",
    "",
  ].join("\n");
  io.stdout.write(json ? `${JSON.stringify(ready)}\n` : text);
}
