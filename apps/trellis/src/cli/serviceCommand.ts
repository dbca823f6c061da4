import { isTrellisError } from "@trellis/base";
import { type LoadedSettings, loadSettings, type SettingsDefinition } from "@trellis/platform/config";
import type { LogLevel } from "@trellis/platform/log";
import type { Command, CommandText, ServiceParts } from "./Command.ts";
import type { ServiceIo, VerbIo } from "./VerbIo.ts";

/** A verb that opens services. With `serves` they live until a signal; otherwise until the verb returns. */
export function serviceCommand<Flags extends { readonly logLevel: LogLevel }, Settings>(
  text: CommandText & { readonly serves: boolean },
  parts: ServiceParts<Flags, Settings>,
): Command {
  return {
    ...text,
    definition: async () => (await parts.definition()) as SettingsDefinition,
    async run({ sources, io }) {
      const loaded = await loadSettings(await parts.definition(), sources);
      const settings = await parts.settings(loaded.settings, loaded.positionals);
      const services = await serviceIo(io, loaded.settings.logLevel);
      services.log.debug("settings", withOrigins(loaded));
      try {
        const run = await parts.load();
        await run(settings, services);
      } catch (error) {
        // A signal came while it started: supervision ends the process, and nothing failed.
        if (isTrellisError(error, "LIFECYCLE_STOPPING")) return undefined;
        await services.lifecycle.stop("failed").catch(() => {});
        throw error;
      }
      if (text.serves) return undefined;
      await services.lifecycle.stop("done");
      return 0;
    },
  };
}

/** Every setting with where it came from: `8545 (default)`. */
function withOrigins<Flags extends object>({
  settings,
  origins,
}: LoadedSettings<Flags>): Record<string, string> {
  const facts = Object.entries<string>(origins).map(([key, origin]): [string, string] => {
    return [key, `${String(settings[key as keyof Flags])} (${origin})`];
  });
  return Object.fromEntries(facts);
}

async function serviceIo(io: VerbIo, level: LogLevel): Promise<ServiceIo> {
  const [{ createProcessLog }, { createLifecycle, superviseProcess }, { createPrometheusMetrics }, system] =
    await Promise.all([
      import("@trellis/platform/log"),
      import("@trellis/platform/lifecycle"),
      import("@trellis/platform/metrics"),
      import("@trellis/platform/system"),
    ]);
  const log = await createProcessLog({ level });
  const lifecycle = createLifecycle({ log: log.child("process") });
  superviseProcess({ lifecycle, log, scheduler: system.systemScheduler, process });
  return { ...io, log, lifecycle, metrics: createPrometheusMetrics() };
}
