import { MARKET_MODES } from "@trellis/demo/services";
import { DEVELOPMENT_ORIGINS } from "@trellis/platform/admission";
import {
  list,
  matching,
  millisecondsOrDuration,
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
import { listenHost, operationSettings, usageSettings } from "@trellis/platform/service/settings";
import { DEVELOPMENT_MNEMONIC } from "../../node/developmentMnemonic.ts";
import { GAS_LIMIT_DEFAULT, gasLimit } from "../../node/genesisGasLimit.ts";

/** At shorter intervals blocks would overlap. */
const BLOCK_TIME_MIN = "50ms";
const BLOCK_TIME_MAX = "1h";
const ACCOUNTS_MAX = 1_000;

/** Each trade causes a block and a scan of all pools. */
const TRADE_TIME_MS = 10_000;
const TRADE_TIME_MIN = "50ms";

/** Interval of empty blocks, which advance finality and epochs without transactions. */
export const IDLE_SECONDS = 3;

/** Exact in JSON, also in `v` of transactions of type 0. */
const CHAIN_ID_MAX = 999_999_999_999_999;
export const CHAIN_ID = 31_337;

/** Each node takes about 200 MB and a tenth of a core. */
const NODES_MAX = 32;

/** Each shard takes a thread, about 100 MB, and a tenth of a core. */
const SHARDS_MAX = 16;
/** A message needs about eight blocks. */
const SHARDS_BLOCK_TIME_MS = 300;
/** For a block of each shard in each node: two cores take 40 ms of processor time for it, and have other work. */
const SHARD_IN_NODE_MS = 60;

/** Mean time between blocks of a devnet with several shards, in which each node makes one in turn. */
export function shardsBlockTimeMs({
  shards,
  nodes,
}: {
  readonly shards: number;
  readonly nodes: number;
}): number {
  return nodes === 1
    ? SHARDS_BLOCK_TIME_MS
    : Math.max(SHARDS_BLOCK_TIME_MS, SHARD_IN_NODE_MS * shards * nodes);
}

const blockTime = wordOr(
  "instant",
  millisecondsOrDuration(BLOCK_TIME_MIN, BLOCK_TIME_MAX),
  `instant, or a time from ${BLOCK_TIME_MIN} to ${BLOCK_TIME_MAX}, such as 5s, or in milliseconds`,
);

/** The checksum is verified at the start. */
const mnemonic = matching(/^\s*(?:[a-z]+\s+){11,23}[a-z]+\s*$/, "a BIP-39 mnemonic of 12 to 24 words");

const chainId = wordOr(
  "auto",
  wholeNumber(1, CHAIN_ID_MAX),
  `auto, or a whole number from 1 to ${CHAIN_ID_MAX}`,
);
const forkUrl = matching(/^$|^https?:\/\/\S+$/, "an http:// or https:// address");
const forkBlock = wordOr("latest", wholeNumber(0, Number.MAX_SAFE_INTEGER), "latest, or a block number");

const settings = {
  rpcPort: {
    type: port,
    default: 8545,
    value: "N",
    summary: "port of JSON-RPC over HTTP and WebSocket; 0: any free port",
  },
  rpcOrigins: {
    type: list,
    default: DEVELOPMENT_ORIGINS.join(","),
    value: "ORIGIN,…",
    summary:
      "web origins that may call JSON-RPC, such as https://dapp.example; local: localhost, extensions: browser wallets, *: all",
  },
  rpcHost: listenHost(
    "listen address of JSON-RPC; 0.0.0.0: all interfaces, so that anyone can spend from the accounts",
  ),
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
  dataDir: {
    type: path,
    default: ".trellis/devnet",
    value: "DIR",
    summary: "data directory of the chain; the next start continues it",
  },
  ephemeral: { type: toggle, default: false, summary: "keep the chain in memory only" },
  reset: {
    type: toggle,
    default: false,
    summary: "delete the chain in the data directory before the start",
  },
  blockTime: {
    type: blockTime,
    default: "instant",
    value: "TIME|instant",
    summary: `time between blocks, such as 5s, or in ms; instant: a block when transactions come, and an empty block after ${IDLE_SECONDS} s idle`,
  },
  nodes: {
    type: wholeNumber(1, NODES_MAX),
    default: 1,
    value: "N",
    summary:
      "number of nodes, one process each; with several, each mines every 300 ms on average by default, with several shards less often",
  },
  validators: {
    type: wholeNumber(1, NODES_MAX),
    default: 1,
    value: "N",
    summary: "number of validator nodes; raises --nodes to this number",
  },
  shards: {
    type: wholeNumber(1, SHARDS_MAX),
    default: 1,
    value: "N",
    summary: `number of shards, each with its own chain; with several, blocks come every ${SHARDS_BLOCK_TIME_MS} ms by default; with several nodes, every ${SHARD_IN_NODE_MS} ms times shards times nodes, if that is longer`,
  },
  accounts: {
    type: wholeNumber(1, ACCOUNTS_MAX),
    default: 10,
    value: "N",
    summary: "number of accounts funded with 10,000 coins each",
  },
  mnemonic: {
    type: mnemonic,
    default: DEVELOPMENT_MNEMONIC,
    value: "WORDS",
    summary: "mnemonic of the accounts; only for one node",
  },
  chainId: {
    type: chainId,
    default: "auto",
    value: "N",
    summary: `chain id; auto: ${CHAIN_ID}, or that of the forked chain; only for one node`,
  },
  forkUrl: {
    type: forkUrl,
    default: "",
    value: "URL",
    summary:
      "JSON-RPC of a chain to fork: its accounts, code and storage are read on demand; only for one node",
    // The URL may contain an API key.
    isSecret: true,
  },
  forkBlock: {
    type: forkBlock,
    default: "latest",
    value: "N|latest",
    summary: "block to fork; a restart keeps its block",
  },
  allowUnprotected: {
    type: toggle,
    default: true,
    summary:
      "accept transactions without a chain id (before EIP-155), if there is one node; --allow-unprotected=false: refuse them",
  },
  allowEqualTimes: {
    type: toggle,
    default: false,
    summary: "allow blocks in the same second, like Hardhat's allowBlocksWithSameTimestamp",
  },
  gasLimit: {
    type: gasLimit,
    default: GAS_LIMIT_DEFAULT,
    value: "GAS",
    summary: "gas limit of a block, in the genesis",
  },
  noReserves: {
    type: toggle,
    default: false,
    summary: "do not run the demo custodian; the devnet starts faster and uses less memory",
  },
  arbitrage: {
    type: oneOf(MARKET_MODES),
    default: "paper",
    value: MARKET_MODES.join("|"),
    summary:
      "demo market with a random trader; arbitrage: paper, or live with a devnet key; market: without arbitrage; off: none",
  },
  tradeTime: {
    type: millisecondsOrDuration(TRADE_TIME_MIN, BLOCK_TIME_MAX),
    default: TRADE_TIME_MS,
    value: "MS",
    summary: "time between trades of the random trader, in ms",
  },
  json: { type: toggle, default: false, summary: "print one line of JSON when ready, instead of a table" },
  ...usageSettings,
  ...operationSettings,
  // Checkpoint log lines would scroll the key table off the screen.
  logLevels: { ...operationSettings.logLevels, default: "chain.finality=warn" },
} satisfies Readonly<Record<string, Setting>>;

export type DevnetSettings = SettingsOf<typeof settings>;

export const devnetDefinition: SettingsDefinition<DevnetSettings> = { section: "devnet", settings };
