import { readFileSync } from "node:fs";
import { loadSettings, path, type SettingsDefinition, shownSettings } from "@trellis/platform/config";
import { askSecret } from "../../cli/askSecret.ts";
import { printError } from "../../cli/printError.ts";
import { serviceCommand } from "../../cli/serviceCommand.ts";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import { withoutOperands } from "../../cli/withoutOperands.ts";
import { type OperationSettings, operationSettings } from "../../config/operations.ts";
import { endWithParent } from "../childProcess.ts";
import { openServiceDatabase } from "../reserves/openStores.ts";
import type { DemoMessage, DemoReady, DemoServices } from "./demoServices.ts";
import { isMarketLive } from "./isMarketLive.ts";

// What a devnet runs beside itself: the demo custodian and the arbitrage of the demo market, in one process because
// each embedded database takes hundreds of megabytes.

interface DemoSettings extends OperationSettings {
  /** Where the DemoServices are. */
  readonly services: string;
}

const definition: SettingsDefinition<DemoSettings> = {
  section: "demo",
  settings: {
    services: { type: path, default: "services.json", value: "FILE", summary: "what to run" },
    ...operationSettings,
  },
};

/** Settings of a service, from a command line alone. */
const NO_SOURCES = { environment: {}, defaultFile: "none.yaml" };

async function run({ services: file }: DemoSettings, io: ServiceIo): Promise<void> {
  endWithParent();
  const services = JSON.parse(readFileSync(file, "utf8")) as DemoServices;
  const { dataDir, market } = services;
  const reserves = services.reserves && (await openCustodian(services.reserves, io));
  const hasArbitrage = market !== undefined && market.mode !== "market";
  const database =
    reserves?.database ??
    (hasArbitrage ? await openServiceDatabase({ database: "", dataDir }, io) : undefined);
  io.lifecycle.serving();
  const isLive = hasArbitrage && database !== undefined && (await isMarketLive(market.mode, database));
  const ready: DemoReady = { url: reserves?.port.url ?? null, isLive };
  io.stdout.write(`${JSON.stringify(ready)}\n`);
  if (market === undefined) return;
  const { openDemoMarket } = await import("../market/openDemoMarket.ts");
  await openDemoMarket({ ...market, dataDir }, database, io, tell);
}

async function openCustodian(argv: readonly string[], io: ServiceIo) {
  const [{ reservesDefinition, reservesSettings }, { openReserves }] = await Promise.all([
    import("../../config/reserves.ts"),
    import("../reserves/openReserves.ts"),
  ]);
  const loaded = await loadSettings(reservesDefinition, { argv, ...NO_SOURCES });
  const own = { ...io, configuration: () => shownSettings(reservesDefinition, loaded) };
  return openReserves(await reservesSettings(loaded.settings, loaded.positionals), own);
}

function tell(arbitrageUrl: string): void {
  const message: DemoMessage = { arbitrageUrl };
  process.send?.(message);
}

const command = serviceCommand(
  { name: "demo", serves: true, summary: "", description: [], examples: [] },
  { definition: async () => definition, settings: withoutOperands, load: async () => run },
);
const output = (stream: NodeJS.WriteStream) => ({
  write: (text: string): void => void stream.write(text),
  isTerminal: false,
});
const io = {
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  askSecret: (question: string) => askSecret(question, { input: process.stdin, output: process.stderr }),
};
try {
  await command.run({ sources: { argv: process.argv.slice(2), ...NO_SOURCES }, io });
} catch (error) {
  printError(error, io.stderr, true);
  process.exit(1);
}
