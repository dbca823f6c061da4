import { inspectSettings, type SettingsDefinition } from "@trellis/platform/config";
import type { Command, CommandText } from "../../cli/Command.ts";
import type { ConfigFlags } from "./settings.ts";

export function configCommand(text: CommandText, commands: () => readonly Command[]): Command {
  const definition = async (): Promise<SettingsDefinition> =>
    (await import("./settings.ts")).configDefinition as SettingsDefinition;
  return {
    ...text,
    definition,
    async run({ sources, io }) {
      // The verb itself reports settings problems.
      const { settings, positionals, configFile } = await inspectSettings(await definition(), sources);
      const flags = Object.fromEntries(
        settings.map(({ key, setting, value }) => [key, value ?? setting.default]),
      );
      const { configSettings } = await import("./settings.ts");
      const asked = await configSettings(flags as unknown as ConfigFlags, positionals);
      const definitions = await Promise.all(commands().map((command) => command.definition()));
      const { run } = await import("./run.ts");
      await run(asked, { ...sources, definitions, file: configFile }, io);
      return 0;
    },
  };
}
