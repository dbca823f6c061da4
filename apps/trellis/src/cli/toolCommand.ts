import { loadSettings, type SettingsDefinition } from "@trellis/platform/config";
import type { Command, CommandText, ToolOptions } from "./Command.ts";
import { currentOperands } from "./currentOperands.ts";
import { trustOf } from "./trustOf.ts";

export function toolCommand<Flags extends object, Settings>(
  text: CommandText,
  options: ToolOptions<Flags, Settings>,
): Command {
  return {
    ...text,
    definition: async () => (await options.definition()) as SettingsDefinition,
    async run(invocation) {
      const { sources, io } = invocation;
      const loaded = await loadSettings(await options.definition(), sources);
      const operands = currentOperands(text, loaded.positionals, invocation);
      const settings = await options.settings(loaded.settings, operands);
      await trustOf(loaded.settings);
      const run = await options.load();
      await run(settings, io);
      return 0;
    },
  };
}
