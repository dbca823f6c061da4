import {
  list,
  matching,
  millisecondsOrDuration,
  oneOf,
  path,
  port,
  type SettingsDefinition,
  toggle,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import {
  listenHost,
  type OperationSettings,
  operationSettings,
  reference,
} from "@trellis/platform/service/settings";
import { STORE_KINDS, type StoreKind } from "@trellis/storage";
import { z } from "zod";
import {
  NETWORK_NAMES,
  type NetworkName,
  type NetworkSettings,
  networkSettings,
} from "../../node/networkSettings.ts";

/** Whom the RPC port may serve; `dev` is a devnet's alone. */
const RPC_ROLES = ["public", "debug", "admin"] as const;
export type RpcRole = (typeof RPC_ROLES)[number];

/** What `trellis node` may be told. */
export interface NodeSettings extends NetworkSettings, OperationSettings {
  readonly network: NetworkName;
  readonly rpcPort: number;
  readonly rpcHost: string;
  /** None: those of the network. */
  readonly rpcRoles: readonly RpcRole[];
  /** Origins of pages that may call, beside the console; `*`: all. */
  readonly rpcOrigins: readonly string[];
  /** Names that the RPC port is reached by, beside `localhost` and IP addresses; `*`: all. */
  readonly rpcHosts: readonly string[];
  readonly httpPort: number;
  readonly httpHost: string;
  /** Absolute. Not touched when `ephemeral`. */
  readonly dataDir: string;
  readonly store: StoreKind;
  readonly ephemeral: boolean;
  /** Keeps all that ever was; otherwise blocks deep under finality are dropped. */
  readonly archive: boolean;
  /** Keeps an index of accounts, tokens and topics beside the chain. */
  readonly index: boolean;
  /** Hash of a chain block that the operator trusts; empty: everything is executed from genesis. */
  readonly checkpoint: string;
  /** Who is paid for the blocks that this node mines; empty: it does not mine. */
  readonly miner: string;
  /** Threads that search. */
  readonly minerThreads: number;
  /** ms between this node's blocks on average, or as its hashes find them. */
  readonly blockTime: "found" | number;
  /** Where the validator's key is that votes here, absolute; empty: this node does not vote. */
  readonly validatorDir: string;
  readonly validatorPasswordFrom: string;
  /** How many accounts of the development mnemonic the genesis of `local` funds. */
  readonly accounts: number;
  /** How many of the development accounts are validators in the genesis of `local`. */
  readonly validators: number;
  /** Which of them votes here, from 1; 0: none. Only on `local`. */
  readonly developmentValidator: number;
  readonly json: boolean;
}

const minerAddress = matching(/^(?:0x[0-9a-fA-F]{40})?$/, "an address: 40 hexadecimal digits behind 0x");

const blockHash = matching(/^(?:0x[0-9a-fA-F]{64})?$/, "a block's hash: 64 hexadecimal digits behind 0x");

const rpcRoles: z.ZodType<readonly RpcRole[]> = list.pipe(
  z.array(z.enum(RPC_ROLES, { error: `of ${RPC_ROLES.join(", ")}, with commas between them` })),
);

/** More than any machine of today has. */
const MINER_THREADS_MAX = 1_024;
const BLOCK_TIME_MIN = "50ms";
const BLOCK_TIME_MAX = "1d";
const ACCOUNTS_MAX = 1_000;
/** Each is a node of its own on this machine. */
const DEVELOPMENT_VALIDATORS_MAX = 32;

export const nodeDefinition: SettingsDefinition<NodeSettings> = {
  section: "node",
  settings: {
    network: {
      type: oneOf(NETWORK_NAMES),
      default: "main",
      value: "NAME",
      summary: "which network to follow: main, test, local (nodes of one machine)",
    },
    ...networkSettings,
    rpcPort: {
      type: port,
      default: 8545,
      value: "N",
      summary: "port of JSON-RPC, HTTP and WebSocket; 0: any free one",
    },
    rpcHost: listenHost("the address that JSON-RPC listens on; 0.0.0.0: all of this machine, for everybody"),
    rpcRoles: {
      type: rpcRoles,
      default: "",
      value: "ROLE,…",
      summary:
        "whose methods JSON-RPC has: public, debug (traces), admin (peers and bans, only for programs of this machine); when not given public, and on local all",
    },
    rpcOrigins: {
      type: list,
      default: "",
      value: "ORIGIN,…",
      summary:
        "web pages that may call JSON-RPC, as https://wallet.example; local: pages of this machine, extensions: browser wallets, *: all",
    },
    rpcHosts: {
      type: list,
      default: "",
      value: "NAME,…",
      summary: "names that JSON-RPC is reached by, beside localhost and IP addresses; *: all",
    },
    httpPort: {
      type: port,
      default: 8080,
      value: "N",
      summary: "port of the console, /health, /ready and /metrics; 0: any free one",
    },
    httpHost: listenHost(
      "the address that this port listens on; 0.0.0.0: all of this machine, for everybody, and with it JSON-RPC under /rpc, but for admin",
    ),
    dataDir: { type: path, default: ".trellis/node", value: "DIR", summary: "where the chain is kept" },
    store: {
      type: oneOf(STORE_KINDS),
      default: "lmdb",
      value: "KIND",
      summary: "what a new data directory keeps the chain in: lmdb, rocksdb; it stays so",
    },
    ephemeral: { type: toggle, default: false, summary: "keep the chain in memory and forget it at the end" },
    archive: { type: toggle, default: false, summary: "keep all blocks and states for good" },
    index: { type: toggle, default: false, summary: "keep an index of accounts, tokens and topics" },
    checkpoint: {
      type: blockHash,
      default: "",
      value: "HASH",
      summary: "a block that you trust: a new node takes over a state above it instead of executing all",
    },
    miner: {
      type: minerAddress,
      default: "",
      value: "ADDRESS",
      summary: "mine, and pay the rewards to this address",
    },
    minerThreads: {
      type: wholeNumber(1, MINER_THREADS_MAX),
      default: 1,
      value: "N",
      summary: "how many threads --miner searches with",
    },
    blockTime: {
      type: wordOr(
        "found",
        millisecondsOrDuration(BLOCK_TIME_MIN, BLOCK_TIME_MAX),
        `found, or a time from ${BLOCK_TIME_MIN} to ${BLOCK_TIME_MAX}, as 5s or in milliseconds`,
      ),
      default: "found",
      value: "TIME|found",
      summary:
        "time between this node's blocks on average, as 5s or in milliseconds, or as its hashes find them",
    },
    validatorDir: {
      type: wordOr("", path, "a path"),
      default: "",
      value: "DIR",
      summary: "vote with the validator's key in this directory; see `trellis validator`",
    },
    validatorPasswordFrom: reference(
      "where the password of the validator's key is; asked for when not given",
    ),
    accounts: {
      type: wholeNumber(1, ACCOUNTS_MAX),
      default: 10,
      value: "N",
      summary: "how many development accounts the genesis of local funds; the same on all its nodes",
    },
    validators: {
      type: wholeNumber(0, DEVELOPMENT_VALIDATORS_MAX),
      default: 1,
      value: "N",
      summary:
        "how many of them are validators in the genesis of local; the same on all its nodes; 0: no staking",
    },
    developmentValidator: {
      type: wholeNumber(0, DEVELOPMENT_VALIDATORS_MAX),
      default: 0,
      value: "I",
      summary: "which of these validators votes here, from 1; 0: none",
    },
    json: { type: toggle, default: false, summary: "print one line of JSON when it serves" },
    ...operationSettings,
  },
};
