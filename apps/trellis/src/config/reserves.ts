import {
  list,
  matching,
  path,
  port,
  type SettingsDefinition,
  toggle,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import type { LogLevel } from "@trellis/platform/log";
import { chosenAction } from "../cli/chosenAction.ts";
import { logLevelSetting } from "./logLevel.ts";
import { reference } from "./reference.ts";

const ACTIONS = {
  serve: { min: 0, max: 0 },
  import: { min: 1, max: 1 },
  snapshot: { min: 0, max: 0 },
  prove: { min: 1, max: 1 },
  verify: { min: 1, max: 1 },
  report: { min: 0, max: 0 },
  log: { min: 0, max: 2 },
};
export type ReservesAction = keyof typeof ACTIONS;

/** What `trellis reserves` reads from flags, environment and file. A reference is `env:NAME`, `file:PATH` or empty. */
export interface ReservesFlags {
  /** Absolute. */
  readonly dataDir: string;
  /** Where the address of a PostgreSQL server is; empty: the embedded database in the data directory. */
  readonly database: string;
  readonly custodian: string;
  readonly host: string;
  readonly port: number;
  /** Deliveries at once; 0: this process only answers. */
  readonly workers: number;
  readonly keyFrom: string;
  readonly adminKeyFrom: string;
  readonly allowPrivateWebhooks: boolean;
  /** Where the addresses of an EVM chain's nodes are; empty: nothing is anchored. */
  readonly anchorRpcFrom: string;
  /** Its chain id; 0 where nothing is anchored. */
  readonly anchorChain: number;
  /** Where the private key is that publishes in the registry. */
  readonly anchorKeyFrom: string;
  /** Blocks above one that is final; 0: the chain says itself what is. */
  readonly anchorConfirmations: number;
  /** Of a running service. */
  readonly url: string;
  readonly apiKeyFrom: string;
  /** `BTC:8`: assets that an import adds. */
  readonly assets: readonly string[];
  /** Number of a snapshot; 0: the newest. */
  readonly snapshot: number;
  /** Where a result is written, absolute; empty: standard output. */
  readonly out: string;
  readonly csv: boolean;
  readonly json: boolean;
  readonly logLevel: LogLevel;
}

/** What `trellis reserves` may be told. */
export interface ReservesSettings extends ReservesFlags {
  readonly action: ReservesAction;
  /** Behind the action: a file, a customer, or what of the log is asked. */
  readonly operands: readonly string[];
}

const WORKERS_MAX = 64;
const SNAPSHOT_MAX = 999_999_999;

const serveSettings = {
  dataDir: {
    type: path,
    default: ".trellis/reserves",
    value: "DIR",
    summary: "where keys are kept, and the embedded database",
  },
  database: reference("where the address of a PostgreSQL server is; the embedded database when not given"),
  custodian: {
    type: matching(/^[\x21-\x2a\x2c-\x7e]{1,128}$/, "a name of 1 to 128 characters without spaces and +"),
    default: "localhost",
    value: "NAME",
    summary: "whose reserves these are, in records and in the log: a domain, the same for good",
  },
  host: {
    type: matching(/^[0-9A-Za-z.:-]{1,253}$/, "an address"),
    default: "127.0.0.1",
    value: "ADDRESS",
    summary: "the address to listen on",
  },
  port: {
    type: port,
    default: 8090,
    value: "N",
    summary: "port of the API, /health, /ready and /metrics; 0: any free one",
  },
  workers: {
    type: wholeNumber(0, WORKERS_MAX),
    default: 2,
    value: "N",
    summary: "how much background work this process does at once; 0: it only answers",
  },
  keyFrom: reference("where the service's key is, 64 hexadecimal digits; kept in --data-dir when not given"),
  adminKeyFrom: reference("an API key to take over as admin; the first start makes one when not given"),
  allowPrivateWebhooks: {
    type: toggle,
    default: false,
    summary: "let webhooks reach http and private addresses: for development",
  },
  anchorRpcFrom: reference(
    "where the addresses of an EVM chain's nodes are, with commas; records are anchored there",
  ),
  anchorChain: {
    type: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    default: 0,
    value: "N",
    summary: "the chain id of these nodes",
  },
  anchorKeyFrom: reference("where the private key is of the account that anchors; it sends nothing else"),
  anchorConfirmations: {
    type: wholeNumber(0, 100_000),
    default: 0,
    value: "N",
    summary: "blocks above one that counts as final; 0: what the chain calls finalized",
  },
} as const;

const clientSettings = {
  url: {
    type: matching(/^https?:\/\/[^\s/]+$/, "an http:// or https:// address without a path"),
    default: "http://127.0.0.1:8090",
    value: "URL",
    summary: "the service to talk to",
  },
  apiKeyFrom: reference("where the API key is, env:NAME or file:PATH; asked for when not given"),
  assets: { type: list, default: "", value: "LIST", summary: "assets that an import adds: BTC:8,USD:2" },
  snapshot: {
    type: wholeNumber(0, SNAPSHOT_MAX),
    default: 0,
    value: "N",
    summary: "which snapshot; 0: the newest",
  },
  out: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "where to write the result; standard output when not given",
  },
  csv: { type: toggle, default: false, summary: "write the report as CSV" },
} as const;

export const reservesDefinition: SettingsDefinition<ReservesFlags> = {
  section: "reserves",
  settings: {
    ...serveSettings,
    ...clientSettings,
    json: { type: toggle, default: false, summary: "print JSON" },
    logLevel: logLevelSetting,
  },
};

/** @throws ACTION_MISSING, ACTION_UNKNOWN, ARGUMENT_MISSING, ARGUMENT_UNEXPECTED */
export async function reservesSettings(
  flags: ReservesFlags,
  operands: readonly string[],
): Promise<ReservesSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, operands: rest };
}
