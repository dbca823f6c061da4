import { loadSettings, type SettingsDefinition } from "@trellis/platform/config";
import type { Command, CommandText, ToolParts } from "./Command.ts";

/** A verb that gives a result and ends. */
export function toolCommand<Flags extends object, Settings>(
  text: CommandText,
  parts: ToolParts<Flags, Settings>,
): Command {
  return {
    ...text,
    definition: async () => (await parts.definition()) as SettingsDefinition,
    async run({ sources, io }) {
      const loaded = await loadSettings(await parts.definition(), sources);
      const settings = await parts.settings(loaded.settings, loaded.positionals);
      const run = await parts.load();
      await run(settings, io);
      return 0;
    },
  };
}
