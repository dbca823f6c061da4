import type { Command } from "../cli/Command.ts";
import { toolCommand } from "../cli/toolCommand.ts";
import { withoutOperands } from "../cli/withoutOperands.ts";

const versionTool = toolCommand(
  {
    name: "version",
    summary: "print the versions of Trellis and Node.js",
    description: ["Prints the versions of Trellis and of the Node.js that runs it."],
    examples: [
      ["trellis version", "for people"],
      ["trellis version --json", "for programs"],
    ],
  },
  {
    definition: async () => (await import("./version/settings.ts")).versionDefinition,
    settings: withoutOperands,
    load: async () => (await import("./version/run.ts")).run,
  },
);

/** Works even if the configuration is invalid. */
export const version: Command = {
  ...versionTool,
  run({ sources, io }) {
    const { TRELLIS_JSON } = sources.environment;
    return versionTool.run({ sources: { ...sources, environment: { TRELLIS_JSON }, defaultFile: "" }, io });
  },
};
