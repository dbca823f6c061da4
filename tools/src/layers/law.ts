import type { Package } from "../source/Tree.ts";

/** The packages from the bottom up: each may import those before it. */
export const LAYERS: readonly string[] = [
  "base",
  "crypto",
  "protocol",
  "storage",
  "evm",
  "contracts",
  "chain",
  "mining",
  "network",
  "platform",
  "indexer",
  "rpc",
  "client",
  "reserves",
  "arbitrage",
];

/** What the order alone would allow. */
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
    from: ["reserves", "arbitrage"],
    to: ["chain", "network", "storage"],
    because: "they speak to a chain through client, as to any EVM chain",
  },
];

/** Libraries of others that only some kinds of workspaces import, tests included. */
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
];

/** The package whose folders are stages: they meet through protocol and only the wiring folder imports them. */
export const STAGED = { package: "chain", wiring: "pipeline" };
