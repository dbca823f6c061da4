import type { Package } from "../source/Tree.ts";

/** Bottom up: a package may import only preceding packages. */
export const LAYERS: readonly string[] = [
  "base",
  "resilience",
  "crypto",
  "protocol",
  "storage",
  "evm",
  "contracts",
  "chain",
  "mining",
  "network",
  "platform",
  "backup",
  "indexer",
  "rpc",
  "client",
  "reserves",
  "arbitrage",
  "demo",
];

export const FORBIDDEN: readonly {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly because: string;
}[] = [
  {
    from: ["chain", "network", "mining", "evm"],
    to: ["platform"],
    because: "what can be simulated takes Log and Metrics as ports",
  },
  {
    from: ["client"],
    to: ["platform"],
    because: "it runs in browsers too",
  },
  {
    from: ["reserves", "arbitrage", "demo"],
    to: ["chain", "network", "storage"],
    because: "they speak to a chain through client, as to any EVM chain",
  },
];

/** Also applies to tests. */
export const CONFINED: readonly {
  readonly scope: string;
  readonly to: readonly Package["kind"][];
  readonly because: string;
}[] = [
  {
    scope: "@ethereumjs/",
    to: ["testing", "bench"],
    because: "it is an oracle under testing and a peer of benchmarks",
  },
  {
    scope: "@trellis/e2e",
    to: ["testing", "bench"],
    because: "a test that starts a devnet is an end-to-end test and stands in testing/e2e",
  },
];

export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  chain: [
    "store",
    "consensus",
    "state",
    "shards",
    "finality",
    "execution",
    "mempool",
    "integrity",
    "stateSync",
    "chain",
  ],
  trellis: ["cli", "console", "node", "shards", "verbs", "main.ts"],
};

export interface FolderCycle {
  readonly parent: string;
  readonly folders: readonly string[];
  readonly because: string;
}

export const FOLDER_CYCLES: readonly FolderCycle[] = [];
