import { serviceCommand } from "../cli/serviceCommand.ts";
import { withoutOperands } from "../cli/withoutOperands.ts";

export const drill = serviceCommand(
  {
    name: "drill",
    serves: false,
    summary: "rehearse a disaster: lose everything, restore it, and measure the recovery",
    description: [
      "Without --repository, starts a devnet with two validators, reserves and arbitrage, backs it up under load,",
      "kills it, deletes its data, restores it and compares. With --repository, restores that repository's newest",
      "backup into a temporary directory, proves it and deletes it; no service or validator starts.",
    ],
    examples: [
      ["trellis drill --report drill.md", "the total loss of a devnet"],
      [
        "trellis drill --repository /backups --passphrase-from file:passphrase --report drill.md",
        "your own newest backup",
      ],
      [
        "trellis drill --repository /backups --recovery-point-max 1d --recovery-time-max 4h",
        "fails if an objective is missed",
      ],
    ],
  },
  {
    definition: async () => (await import("./drill/settings.ts")).drillDefinition,
    settings: withoutOperands,
    load: async () => (await import("./drill/run.ts")).run,
  },
);
