import { DIFFICULTY_MAX, DIFFICULTY_MIN } from "@trellis/mining";
import {
  list,
  matching,
  oneOf,
  path,
  port,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import {
  drainSettings,
  listenHost,
  nodeGuardSettings,
  operationSettings,
  reference,
  tlsSettings,
  usageSettings,
} from "@trellis/platform/service/settings";
import { STORE_KINDS } from "@trellis/storage";
import { z } from "zod";
import { GAS_LIMIT_DEFAULT, gasLimit } from "../../node/genesisGasLimit.ts";
import { mempoolSettings } from "../../node/mempoolSettings.ts";
import { blockTime, miningThreads, rewardAddress } from "../../node/miningSettings.ts";
import { NETWORK_NAMES, networkSettings } from "../../node/networkSettings.ts";

/** The role `dev` exists only in a devnet. */
const RPC_ROLES = ["public", "debug", "mining", "admin"] as const;
export type RpcRole = (typeof RPC_ROLES)[number];

const blockHash = matching(/^(?:0x[0-9a-fA-F]{64})?$/, "a block hash: 0x and 64 hexadecimal digits");

const rpcRoles: z.ZodType<readonly RpcRole[]> = list.pipe(
  z.array(z.enum(RPC_ROLES, { error: `any of ${RPC_ROLES.join(", ")}, separated by commas` })),
);

const SHARE_DIFFICULTY = `auto, or a number from ${DIFFICULTY_MIN} to ${DIFFICULTY_MAX}`;
const shareDifficulty = wordOr(
  "auto",
  z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,13}(?:\.\d{1,12})?$/)
        .transform(Number),
    ])
    .pipe(
      z
        .number()
        .min(DIFFICULTY_MIN, { error: SHARE_DIFFICULTY })
        .max(DIFFICULTY_MAX, { error: SHARE_DIFFICULTY }),
    ),
  SHARE_DIFFICULTY,
);

const ACCOUNTS_MAX = 1_000;
const SHARDS_MAX = 16;
const SHARDS = "all, or numbers of shards, separated by commas";
const shards = wordOr(
  "all",
  list.pipe(
    z
      .array(
        z
          .string()
          .regex(/^\d{1,2}$/, SHARDS)
          .transform(Number),
      )
      .min(1, SHARDS),
  ),
  SHARDS,
);
const DEVELOPMENT_VALIDATORS_MAX = 32;

const settings = {
  network: {
    type: oneOf(NETWORK_NAMES),
    default: "main",
    value: "NAME",
    summary: "network: main, test or local (nodes on one machine)",
  },
  ...networkSettings,
  ...mempoolSettings,
  rpcPort: {
    type: port,
    default: 8545,
    value: "N",
    summary: "port of JSON-RPC over HTTP and WebSocket; 0: any free port",
  },
  rpcHost: listenHost("listen address of JSON-RPC; 0.0.0.0: all interfaces (public)"),
  rpcRoles: {
    type: rpcRoles,
    default: "",
    value: "ROLE,…",
    summary:
      "JSON-RPC namespaces: public, debug (traces), mining (templates for miners), admin (peers and bans, loopback only); default: public; on local: all",
  },
  rpcOrigins: {
    type: list,
    default: "",
    value: "ORIGIN,…",
    summary:
      "web origins that may call JSON-RPC, such as https://wallet.example; local: localhost, extensions: browser wallets, *: all",
  },
  rpcHosts: {
    type: list,
    default: "",
    value: "NAME,…",
    summary: "allowed Host names of JSON-RPC besides localhost and IP addresses; *: all",
  },
  httpPort: {
    type: port,
    default: 8080,
    value: "N",
    summary: "port of the console, /health, /ready and /metrics; 0: any free port",
  },
  httpHost: listenHost(
    "listen address of this port; 0.0.0.0: all interfaces (public), including JSON-RPC at /rpc without admin",
  ),
  dataDir: { type: path, default: ".trellis/node", value: "DIR", summary: "data directory of the chain" },
  store: {
    type: oneOf(STORE_KINDS),
    default: "lmdb",
    value: "KIND",
    summary: "storage engine for a new data directory: lmdb or rocksdb; fixed after creation",
  },
  ephemeral: { type: toggle, default: false, summary: "keep the chain in memory only" },
  archive: { type: toggle, default: false, summary: "archive node: keep all blocks and states" },
  index: { type: toggle, default: false, summary: "index accounts, tokens and topics" },
  checkpoint: {
    type: blockHash,
    default: "",
    value: "HASH",
    summary: "trusted block hash: a new node syncs a later state instead of executing all blocks",
  },
  miner: {
    type: rewardAddress,
    default: "",
    value: "ADDRESS",
    summary: "address that receives mining rewards; empty: no mining",
  },
  minerThreads: {
    type: miningThreads,
    default: 1,
    value: "N",
    summary: "number of mining threads",
  },
  stratum: {
    type: toggle,
    default: false,
    summary: "serve Stratum to miners of kHeavyHash; they log in as ADDRESS.NAME",
  },
  stratumHost: listenHost("listen address of Stratum, which has no TLS; 0.0.0.0: all interfaces (public)"),
  stratumPort: {
    type: port,
    default: 5555,
    value: "N",
    summary: "port of Stratum; 0: any free port",
  },
  stratumDifficulty: {
    type: shareDifficulty,
    default: "auto",
    value: "D|auto",
    summary: "difficulty of shares, in 2^32 hashes; auto: a share every four seconds",
  },
  blockTime: {
    type: blockTime,
    default: "found",
    value: "TIME|found",
    summary: "mean time between this node's blocks, such as 5s, or in ms; found: no delay",
  },
  validatorDir: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "DIR",
    summary: "directory of the validator key to vote with; see `trellis validator`",
  },
  validatorSigner: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "access file of a client of `trellis signer`, whose validator key votes",
  },
  validatorPasswordFrom: reference("reference to the password of the validator key; default: prompt"),
  accounts: {
    type: wholeNumber(1, ACCOUNTS_MAX),
    default: 10,
    value: "N",
    summary: "number of funded accounts in the genesis of local; must be equal on all nodes",
  },
  gasLimit: {
    type: gasLimit,
    default: GAS_LIMIT_DEFAULT,
    value: "GAS",
    summary: "gas limit of a block in the genesis of local; must be equal on all nodes",
  },
  validators: {
    type: wholeNumber(0, DEVELOPMENT_VALIDATORS_MAX),
    default: 1,
    value: "N",
    summary: "number of validators in the genesis of local; must be equal on all nodes; 0: no staking",
  },
  developmentValidator: {
    type: wholeNumber(0, DEVELOPMENT_VALIDATORS_MAX),
    default: 0,
    value: "I",
    summary: "number of the development validator that votes on this node, from 1; 0: none",
  },
  shards: {
    type: shards,
    default: "all",
    value: "N,…|all",
    summary: "shards that the node follows, such as 0,2; must contain 0; all: every shard of the network",
  },
  shardCount: {
    type: wholeNumber(1, SHARDS_MAX),
    default: 1,
    value: "N",
    summary: "number of shards in the genesis of local; must be equal on all nodes",
  },
  notify: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "JSON file of notification receivers (e-mail, chat) for problems of the node; default: none",
    isReloadable: true,
  },
  allowPrivateWebhooks: {
    type: toggle,
    default: false,
    summary: "allow notifications to http and private addresses, for development",
    isReloadable: true,
  },
  json: { type: toggle, default: false, summary: "print one line of JSON when ready" },
  ...usageSettings,
  ...nodeGuardSettings,
  ...tlsSettings,
  ...operationSettings,
  ...drainSettings,
} satisfies Readonly<Record<string, Setting>>;

export type NodeSettings = SettingsOf<typeof settings>;

/** The API can change limits and logs, but neither access rights nor paths. */
const RUNTIME: readonly (keyof NodeSettings)[] = [
  "bootstrap",
  "peersOutbound",
  "peersInbound",
  "mempoolTransactions",
  "mempoolSize",
  "mempoolTip",
  "limitPerAddress",
  "limitPerPrincipal",
  "limitPerConnection",
  "limitPerMethod",
  "connectionsPerAddress",
  "connectionsPerPrincipal",
  "logLevel",
  "logLevels",
  "drainTime",
];

function withRuntime(all: SettingsDefinition<NodeSettings>["settings"]): typeof all {
  const runtime = RUNTIME.map((key) => [key, { ...all[key], isRuntime: true }]);
  return { ...all, ...Object.fromEntries(runtime) };
}

export const nodeDefinition: SettingsDefinition<NodeSettings> = {
  section: "node",
  settings: withRuntime(settings),
};
