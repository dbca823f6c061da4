import { MARKET_MODES, type MarketMode } from "@trellis/demo/services";
import { DEVELOPMENT_ORIGINS } from "@trellis/platform/admission";
import {
  list,
  millisecondsOrDuration,
  oneOf,
  path,
  port,
  type SettingsDefinition,
  toggle,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import { listenHost, type OperationSettings, operationSettings } from "@trellis/platform/service/settings";

/** What `trellis devnet` may be told; see `devnetDefinition` for units, limits and defaults. */
export interface DevnetSettings extends OperationSettings {
  /** JSON-RPC over HTTP and WebSocket; 0 takes any free port. */
  readonly rpcPort: number;
  /** Web pages that may call JSON-RPC, which signs with the development keys. */
  readonly rpcOrigins: readonly string[];
  /** The address that JSON-RPC listens on. Beyond this machine, whoever reaches it spends from the development accounts. */
  readonly rpcHost: string;
  /** Names beside localhost by which JSON-RPC is called, such as that of a container. */
  readonly rpcHosts: readonly string[];
  /** Health and metrics; 0 takes any free port. */
  readonly httpPort: number;
  /** Absolute. Not touched when `ephemeral`. */
  readonly dataDir: string;
  /** Keeps everything in memory. */
  readonly ephemeral: boolean;
  /** Deletes the data directory's chain before it starts. */
  readonly reset: boolean;
  /** Time between blocks in ms, or a block as soon as a transaction waits. */
  readonly blockTime: "instant" | number;
  /** How many nodes, each a process; see `blockTime`, which is that of all together. */
  readonly nodes: number;
  /** How many nodes are validators: the first of the development accounts. */
  readonly validators: number;
  /** How many accounts of the development mnemonic are funded. */
  readonly accounts: number;
  /** Runs no demo custodian. */
  readonly noReserves: boolean;
  /** What the arbitrage service of the demo market does; `market`: there is a market only. */
  readonly arbitrage: MarketMode;
  /** ms between the trades of the demo market's random trader. */
  readonly tradeTime: number;
  /** Prints the ready line for programs instead of the table for people. */
  readonly json: boolean;
}

/** Below, one block is not done before the next is due. */
const BLOCK_TIME_MIN = "50ms";
const BLOCK_TIME_MAX = "1h";
/** Each is derived and funded at genesis. */
const ACCOUNTS_MAX = 1_000;

/** Each trade is a block and a look at all pools: a devnet that nobody uses is to idle. */
const TRADE_TIME_MS = 10_000;
const TRADE_TIME_MIN = "50ms";

/** Each takes about 200 MB and a tenth of a core. */
const NODES_MAX = 32;

const blockTime = wordOr(
  "instant",
  millisecondsOrDuration(BLOCK_TIME_MIN, BLOCK_TIME_MAX),
  `instant, or a time from ${BLOCK_TIME_MIN} to ${BLOCK_TIME_MAX}, as 5s or in milliseconds`,
);

export const devnetDefinition: SettingsDefinition<DevnetSettings> = {
  section: "devnet",
  settings: {
    rpcPort: {
      type: port,
      default: 8545,
      value: "N",
      summary: "port of JSON-RPC, HTTP and WebSocket; 0: any free one",
    },
    rpcOrigins: {
      type: list,
      default: DEVELOPMENT_ORIGINS.join(","),
      value: "ORIGIN,…",
      summary:
        "web pages that may call JSON-RPC, as https://dapp.example; local: pages of this machine, extensions: browser wallets, *: all",
    },
    rpcHost: listenHost(
      "the address that JSON-RPC listens on; 0.0.0.0: all of this machine, for everybody, who can spend from the accounts",
    ),
    rpcHosts: {
      type: list,
      default: "",
      value: "NAME,…",
      summary: "names by which JSON-RPC is called, beside localhost and IP addresses; *: all",
    },
    httpPort: {
      type: port,
      default: 8080,
      value: "N",
      summary: "port of the console, /health, /ready and /metrics; 0: any free one",
    },
    dataDir: {
      type: path,
      default: ".trellis/devnet",
      value: "DIR",
      summary: "where the chain is kept; a second start goes on from it",
    },
    ephemeral: { type: toggle, default: false, summary: "keep the chain in memory and forget it at the end" },
    reset: { type: toggle, default: false, summary: "forget the chain in the data directory first" },
    blockTime: {
      type: blockTime,
      default: "instant",
      value: "TIME|instant",
      summary: "time between blocks, as 5s or in milliseconds, or a block for each transaction at once",
    },
    nodes: {
      type: wholeNumber(1, NODES_MAX),
      default: 1,
      value: "N",
      summary:
        "how many nodes; each is a process that mines a block every 300 ms on average, if --block-time is not given",
    },
    validators: {
      type: wholeNumber(1, NODES_MAX),
      default: 1,
      value: "N",
      summary: "how many nodes vote on what is final; there are as many nodes at least",
    },
    accounts: {
      type: wholeNumber(1, ACCOUNTS_MAX),
      default: 10,
      value: "N",
      summary: "how many accounts get 10,000 coins",
    },
    noReserves: {
      type: toggle,
      default: false,
      summary: "run no demo custodian: without it the devnet starts sooner and takes less memory",
    },
    arbitrage: {
      type: oneOf(MARKET_MODES),
      default: "paper",
      value: MARKET_MODES.join("|"),
      summary:
        "a demo market with a random trader, where arbitrage is recorded, or made with a key of the devnet; market: the market alone; off: none",
    },
    tradeTime: {
      type: millisecondsOrDuration(TRADE_TIME_MIN, BLOCK_TIME_MAX),
      default: TRADE_TIME_MS,
      value: "MS",
      summary: "milliseconds between the random trader's trades",
    },
    json: { type: toggle, default: false, summary: "print one line of JSON when it serves; no table" },
    ...operationSettings,
    // A checkpoint every few blocks would scroll the table of keys away.
    logLevels: { ...operationSettings.logLevels, default: "chain.finality=warn" },
  },
};
