import { toolCommand } from "../cli/toolCommand.ts";

const NODE = ["rpc", "shard", "chainId", "json", "caFile", "pins"];

export const message = toolCommand(
  {
    name: "message",
    summary: "send coins and calls to another shard, and follow them",
    description: [
      "A message calls an account in another shard, with coins. It is delivered without a further transaction, or its",
      "coins return. Asks the node at --rpc for --shard, which it serves at /shard/N.",
    ],
    actions: {
      "send ADDRESS|FILE SHARD TO AMOUNT": "send coins, with --data as a call of --gas-limit, from --shard",
      "status ID|TRANSACTION": "state of a message, or of those that a transaction sent",
    },
    actionSettings: {
      send: ["keystore", "passwordFrom", "data", "gasLimit", "feeLimit", "wait", ...NODE],
      status: ["wait", ...NODE],
    },
    examples: [
      [
        "trellis message send 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 1 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 1.5 --wait",
        "from shard 0 to shard 1; waits for the delivery",
      ],
      [
        "trellis message status 0x5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02",
        "pending, finalized, delivered, failed or refunded",
      ],
    ],
  },
  {
    definition: async () => (await import("./message/settings.ts")).messageDefinition,
    settings: async (flags, operands) =>
      (await import("./message/settings.ts")).messageSettings(flags, operands),
    load: async () => (await import("./message/run.ts")).run,
  },
);
