import type { ProcessIo } from "@trellis/platform/service";
import type { ArbitrageAction, ArbitrageSettings } from "./settings.ts";

type Action = (settings: ArbitrageSettings, io: ProcessIo) => Promise<void>;

const actions: Readonly<Record<Exclude<ArbitrageAction, "serve" | "signer">, () => Promise<Action>>> = {
  backtest: async () => (await import("./backtest.ts")).backtest,
  scan: async () => (await import("./scan.ts")).scan,
  simulate: async () => (await import("./scan.ts")).simulate,
  status: async () => (await import("./service.ts")).status,
  kill: async () => (await import("./service.ts")).kill,
  revive: async () => (await import("./service.ts")).revive,
  "close-breaker": async () => (await import("./service.ts")).closeBreaker,
  book: async () => (await import("./book.ts")).book,
  export: async () => (await import("./service.ts")).exportTable,
  config: async () => (await import("./config.ts")).config,
};

export async function run(settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  if (settings.action === "serve" || settings.action === "signer") return;
  await (await actions[settings.action]())(settings, io);
}
