import { toolCommand } from "../cli/toolCommand.ts";
import { withoutOperands } from "../cli/withoutOperands.ts";

export const health = toolCommand(
  {
    name: "health",
    summary: "ask a running service whether it is alive or ready",
    description: [
      "For health checks of containers, which have no other program that could ask. Exit code 1 if the service",
      "does not respond within 4 s.",
    ],
    examples: [
      ["trellis health", "the node on this machine"],
      ["trellis health --ready --url http://127.0.0.1:8090", "whether proof of reserves is ready"],
      ["trellis health --signer .trellis/signer/clients/node/signer.json", "a signer"],
    ],
  },
  {
    definition: async () => (await import("./health/settings.ts")).healthDefinition,
    settings: withoutOperands,
    load: async () => (await import("./health/run.ts")).run,
  },
);
