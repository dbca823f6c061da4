import { once } from "node:events";
import { readFileSync } from "node:fs";
import { isMarketLive } from "@trellis/demo/isMarketLive";
import type { DemoArguments, DemoMessage, DemoReady, DemoServices } from "@trellis/demo/services";
import { STANDBY } from "@trellis/demo/standby";
import { loadSettings, path, type SettingsDefinition, shownSettings } from "@trellis/platform/config";
import { endWithParent } from "@trellis/platform/lifecycle";
import { openServiceDatabase, releaseStartMemory, type ServiceIo } from "@trellis/platform/service";
import { type OperationSettings, operationSettings } from "@trellis/platform/service/settings";
import type { FastifyInstance } from "fastify";
import { askSecret } from "../../cli/askSecret.ts";
import { printError } from "../../cli/printError.ts";
import { serviceCommand } from "../../cli/serviceCommand.ts";
import { withoutOperands } from "../../cli/withoutOperands.ts";
import { addConsole } from "../../console/addConsole.ts";

// Both services share one process and its embedded database, which takes hundreds of megabytes.

interface DemoSettings extends OperationSettings {
  readonly services: string;
}

const definition: SettingsDefinition<DemoSettings> = {
  section: "demo",
  settings: {
    services: { type: path, default: "services.json", value: "FILE", summary: "what to run" },
    ...operationSettings,
  },
};

const NO_SOURCES = { environment: {}, defaultFile: "none.yaml" };

async function run({ services: file }: DemoSettings, io: ServiceIo): Promise<void> {
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
  if (market !== undefined) {
    const { openDemoMarket } = await import("@trellis/demo/market");
    const shared = { database, sessionStore: reserves?.sessionStore, addPages, tell };
    await openDemoMarket({ ...market, dataDir }, shared, io);
  }
  await releaseStartMemory(io);
}

function addPages(server: FastifyInstance) {
  return addConsole(server, { parts: ["arbitrage"] });
}

async function openCustodian(argv: readonly string[], io: ServiceIo) {
  const [{ reservesServiceDefinition }, { openReserves }] = await Promise.all([
    import("@trellis/reserves/service/settings"),
    import("@trellis/reserves/service"),
  ]);
  const loaded = await loadSettings(reservesServiceDefinition, { argv, ...NO_SOURCES });
  const own = { ...io, configuration: () => shownSettings(reservesServiceDefinition, loaded) };
  const addPages = (server: FastifyInstance) => addConsole(server, { parts: ["reserves"] });
  return openReserves(loaded.settings, { addPages }, own);
}

/** Loads the modules that the process needs to be ready, until the arguments arrive. */
async function argumentsSent(parts: readonly string[]): Promise<readonly string[]> {
  const sent = once(process, "message");
  if (parts.includes("reserves")) await import("@trellis/reserves/service");
  else await import("@trellis/demo/market");
  const [{ args }] = (await sent) as [DemoArguments];
  return args;
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
  environment: process.env,
  askSecret: (question: string) => askSecret(question, { input: process.stdin, output: process.stderr }),
};
try {
  endWithParent();
  const [first, ...rest] = process.argv.slice(2);
  const argv = first === STANDBY ? await argumentsSent(rest) : process.argv.slice(2);
  await command.run({ sources: { argv, ...NO_SOURCES }, io });
} catch (error) {
  printError(error, io.stderr, true);
  process.exit(1);
}
