import { serviceCommand } from "../cli/serviceCommand.ts";
import { withoutOperands } from "../cli/withoutOperands.ts";

export const miner = serviceCommand(
  {
    name: "miner",
    serves: true,
    summary: "mine a stream of a network through nodes with the role mining",
    description: [
      "Takes templates from a node, searches nonces, and submits blocks. If the node fails, the next one of --node",
      "follows. Blocks, hash rate and rewards of each device are printed every ten seconds.",
    ],
    examples: [
      [
        "trellis miner --address 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --stream heavy --threads 4",
        "with the node on this machine",
      ],
      [
        "trellis miner --address 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --node wss://a.example,wss://b.example",
        "with two nodes",
      ],
      [
        "trellis miner --address 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --stream heavy --device gpu",
        "on a GPU",
      ],
    ],
  },
  {
    definition: async () => (await import("./miner/settings.ts")).minerDefinition,
    settings: withoutOperands,
    load: async () => (await import("./miner/run.ts")).run,
  },
);
