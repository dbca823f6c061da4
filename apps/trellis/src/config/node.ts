import { matching, oneOf, path, port, type SettingsDefinition, toggle } from "@trellis/platform/config";
import type { LogLevel } from "@trellis/platform/log";
import { logLevelSetting } from "./logLevel.ts";

export const NETWORK_NAMES = ["main", "test", "dev"] as const;
export type NetworkName = (typeof NETWORK_NAMES)[number];

/** What `trellis node` may be told. */
export interface NodeSettings {
  readonly network: NetworkName;
  readonly rpcPort: number;
  readonly httpPort: number;
  /** Absolute. */
  readonly dataDir: string;
  /** Who is paid for the blocks that this node mines; empty: it does not mine. */
  readonly miner: string;
  readonly json: boolean;
  readonly logLevel: LogLevel;
}

const minerAddress = matching(/^(?:0x[0-9a-fA-F]{40})?$/, "an address: 40 hexadecimal digits behind 0x");

export const nodeDefinition: SettingsDefinition<NodeSettings> = {
  section: "node",
  settings: {
    network: {
      type: oneOf(NETWORK_NAMES),
      default: "main",
      value: "NAME",
      summary: "which network to follow: main, test, dev",
    },
    rpcPort: {
      type: port,
      default: 8545,
      value: "N",
      summary: "port of JSON-RPC, HTTP and WebSocket; 0: any free one",
    },
    httpPort: {
      type: port,
      default: 8080,
      value: "N",
      summary: "port of /health, /ready and /metrics; 0: any free one",
    },
    dataDir: { type: path, default: ".trellis/node", value: "DIR", summary: "where the chain is kept" },
    miner: {
      type: minerAddress,
      default: "",
      value: "ADDRESS",
      summary: "mine, and pay the rewards to this address",
    },
    json: { type: toggle, default: false, summary: "print one line of JSON when it serves" },
    logLevel: logLevelSetting,
  },
};
