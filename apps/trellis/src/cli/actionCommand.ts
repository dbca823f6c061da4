import { loadSettings, type SettingsDefinition } from "@trellis/platform/config";
import type { Command, CommandText, ServiceOptions, ToolOptions } from "./Command.ts";
import { type ServiceFlags, serviceCommand } from "./serviceCommand.ts";
import { toolCommand } from "./toolCommand.ts";

interface ActionOptions<Flags extends object, Settings>
  extends Pick<ToolOptions<Flags, Settings>, "definition" | "settings"> {
  readonly serviceActions: readonly string[];
  readonly loadService: ServiceOptions<Flags, Settings>["load"];
  readonly loadTool: ToolOptions<Flags, Settings>["load"];
}

export function actionCommand<Flags extends ServiceFlags, Settings>(
  text: CommandText,
  { definition, settings, serviceActions, loadService, loadTool }: ActionOptions<Flags, Settings>,
): Command {
  const service = serviceCommand({ ...text, serves: true }, { definition, settings, load: loadService });
  const tool = toolCommand(text, { definition, settings, load: loadTool });
  return {
    ...text,
    definition: async () => (await definition()) as SettingsDefinition,
    async run(invocation) {
      const { positionals } = await loadSettings(await definition(), invocation.sources);
      return serviceActions.includes(positionals[0] ?? "") ? service.run(invocation) : tool.run(invocation);
    },
  };
}
