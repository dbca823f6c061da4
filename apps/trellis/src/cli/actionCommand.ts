import { loadSettings } from "@trellis/platform/config";
import type { Command, CommandText, ServiceOptions, ToolOptions } from "./Command.ts";
import { type ServiceFlags, serviceCommand } from "./serviceCommand.ts";
import { toolCommand } from "./toolCommand.ts";

interface ActionOptions<Flags extends object, Settings>
  extends Pick<ToolOptions<Flags, Settings>, "definition" | "settings"> {
  readonly serviceActions: readonly string[];
  readonly loadService: ServiceOptions<Flags, Settings>["load"];
  readonly loadTool: ToolOptions<Flags, Settings>["load"];
}

interface TaskOptions<Flags extends object, Settings>
  extends Omit<ActionOptions<Flags, Settings>, "loadTool"> {
  readonly loadTask: ServiceOptions<Flags, Settings>["load"];
}

export function actionCommand<Flags extends ServiceFlags, Settings>(
  text: CommandText,
  { definition, settings, serviceActions, loadService, loadTool }: ActionOptions<Flags, Settings>,
): Command {
  const service = serviceCommand({ ...text, serves: true }, { definition, settings, load: loadService });
  const tool = toolCommand(text, { definition, settings, load: loadTool });
  return chosenCommand(text, serviceActions, [service, tool]);
}

/** Actions outside `serviceActions` are tasks: they use a service's log and lifecycle, but end. */
export function taskCommand<Flags extends ServiceFlags, Settings>(
  text: CommandText,
  { definition, settings, serviceActions, loadService, loadTask }: TaskOptions<Flags, Settings>,
): Command {
  const service = serviceCommand({ ...text, serves: true }, { definition, settings, load: loadService });
  const task = serviceCommand({ ...text, serves: false }, { definition, settings, load: loadTask });
  return chosenCommand(text, serviceActions, [service, task]);
}

function chosenCommand(
  text: CommandText,
  serviceActions: readonly string[],
  [service, other]: readonly [Command, Command],
): Command {
  return {
    ...text,
    definition: () => service.definition(),
    async run(invocation) {
      const { positionals } = await loadSettings(await service.definition(), invocation.sources);
      return serviceActions.includes(positionals[0] ?? "") ? service.run(invocation) : other.run(invocation);
    },
  };
}
