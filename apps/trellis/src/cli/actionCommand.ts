import { loadSettings, type SettingsDefinition } from "@trellis/platform/config";
import type { LogLevel } from "@trellis/platform/log";
import type { Command, CommandText, ServiceParts, ToolParts } from "./Command.ts";
import { serviceCommand } from "./serviceCommand.ts";
import { toolCommand } from "./toolCommand.ts";

export interface ActionParts<Flags extends object, Settings>
  extends Pick<ToolParts<Flags, Settings>, "definition" | "settings"> {
  /** The action that runs services until it is told to stop; all others give a result and end. */
  readonly serviceAction: string;
  readonly loadService: ServiceParts<Flags, Settings>["load"];
  readonly loadTool: ToolParts<Flags, Settings>["load"];
}

/** A verb one of whose actions runs services, while the others talk to them. */
export function actionCommand<Flags extends { readonly logLevel: LogLevel }, Settings>(
  text: CommandText,
  { definition, settings, serviceAction, loadService, loadTool }: ActionParts<Flags, Settings>,
): Command {
  const service = serviceCommand({ ...text, serves: true }, { definition, settings, load: loadService });
  const tool = toolCommand(text, { definition, settings, load: loadTool });
  return {
    ...text,
    definition: async () => (await definition()) as SettingsDefinition,
    async run(invocation) {
      const { positionals } = await loadSettings(await definition(), invocation.sources);
      return positionals[0] === serviceAction ? service.run(invocation) : tool.run(invocation);
    },
  };
}
