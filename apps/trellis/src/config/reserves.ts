import {
  cron,
  list,
  matching,
  oneOf,
  path,
  type SettingsDefinition,
  size,
  toggle,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import { chosenAction } from "../cli/chosenAction.ts";
import { type AuthenticationSettings, authenticationSettings } from "./authentication.ts";
import { type OperationSettings, operationSettings } from "./operations.ts";
import { reference } from "./reference.ts";
import { type ServiceSettings, serviceSettings } from "./service.ts";

const ACTIONS = {
  serve: { min: 0, max: 0 },
  import: { min: 1, max: 1 },
  snapshot: { min: 0, max: 0 },
  challenge: { min: 2, max: 2 },
  claim: { min: 2, max: 2 },
  attest: { min: 0, max: 0 },
  prove: { min: 1, max: 1 },
  verify: { min: 1, max: 1 },
  export: { min: 1, max: 1 },
  erase: { min: 1, max: 1 },
  report: { min: 0, max: 0 },
  log: { min: 0, max: 2 },
  audit: { min: 0, max: 0 },
  rotate: { min: 0, max: 0 },
  retain: { min: 0, max: 0 },
};
export type ReservesAction = keyof typeof ACTIONS;

/** What `trellis reserves` reads from flags, environment and file. A reference is `env:NAME`, `file:PATH` or empty. */
export interface ReservesFlags extends ServiceSettings, AuthenticationSettings, OperationSettings {
  readonly custodian: string;
  /** Deliveries at once; 0: this process only answers. */
  readonly workers: number;
  /** Memory for trees that proofs are read from. Bytes */
  readonly treeMemoryMax: number;
  readonly allowPrivateWebhooks: boolean;
  /** Where the addresses of an EVM chain's nodes are; empty: nothing is anchored. */
  readonly anchorRpcFrom: string;
  /** Its chain id; 0 where nothing is anchored. */
  readonly anchorChain: number;
  /** Where the private key is that publishes in the registry. */
  readonly anchorKeyFrom: string;
  /** Blocks above one that is final; 0: the chain says itself what is. */
  readonly anchorConfirmations: number;
  /** The file that says where reserves are, absolute; empty: no chain is read. */
  readonly chains: string;
  /** The file that says who is told of incidents, absolute; empty: nobody. */
  readonly notify: string;
  /** The file that says how long what is kept, absolute; empty: as it is kept where nothing is said. */
  readonly retention: string;
  /** When snapshots are taken by themselves, a cron expression in UTC; empty: never. */
  readonly snapshotSchedule: string;
  /** When ledger, tree and chains are compared, a cron expression in UTC. */
  readonly reconciliationSchedule: string;
  /** Where master keys are that are newer than the service key's, one a line, the newest first; empty: none. */
  readonly masterKeysFrom: string;
  /** `BTC:8`: assets that an import adds. */
  readonly assets: readonly string[];
  /** Number of a snapshot; 0: the newest. */
  readonly snapshot: number;
  /** Where a result is written, absolute; empty: standard output. */
  readonly out: string;
  /** Of a report. */
  readonly format: "json" | "csv" | "pdf";
  /** Only tell what would be removed. */
  readonly dryRun: boolean;
  /** `rootRecordHash` that a proof or an export is compared with; empty: the one that the service published. */
  readonly record: string;
  /** Whose proof is verified; empty: whoever the file names. */
  readonly customer: string;
  /** Where the customer's key is; empty: salts and shares are not checked against it. */
  readonly customerKeyFrom: string;
  /** Public keys (Ed25519) that the reader noted; empty: those that are published. */
  readonly recordKey: string;
  readonly logKey: string;
  /** Verify a proof without asking the service which record is published. */
  readonly offline: boolean;
  /** How a challenge was signed. */
  readonly method: "bip322" | "eip191" | "eip712" | "eip1271";
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
  custodian: {
    type: matching(/^[\x21-\x2a\x2c-\x7e]{1,128}$/, "a name of 1 to 128 characters without spaces and +"),
    default: "localhost",
    value: "NAME",
    summary: "whose reserves these are, in records and in the log: a domain, the same for good",
  },
  workers: {
    type: wholeNumber(0, WORKERS_MAX),
    default: 2,
    value: "N",
    summary: "how much background work this process does at once; 0: it only answers",
  },
  treeMemoryMax: {
    type: size("1MiB", "1024GiB"),
    default: "2GiB",
    value: "SIZE",
    summary:
      "memory for the trees of snapshots that proofs are read from; the one asked for is held whatever its size",
  },
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
  chains: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "a JSON file of the chains, assets and prices that attestations need; none without it",
  },
  notify: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "a JSON file of who is told of incidents, by e-mail or chat; nobody without it",
  },
  retention: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "a JSON file of how long what is kept; as docs/spec/compliance.md says without it",
  },
  snapshotSchedule: {
    type: wordOr("", cron, "a schedule of five fields, in UTC: minute, hour, day, month, weekday"),
    default: "",
    value: "CRON",
    summary: "when snapshots are taken by themselves, in UTC (0 3 * * *: at three); never without it",
  },
  reconciliationSchedule: {
    type: cron,
    default: "7 * * * *",
    value: "CRON",
    summary: "when ledger, newest tree and chains are compared, in UTC",
  },
  masterKeysFrom: reference(
    "where newer master keys are, 64 hexadecimal digits a line, the newest first; the service key's without it",
  ),
} as const;

const hash = matching(/^(?:0x[0-9a-f]{64})?$/, "0x and 64 hexadecimal digits in lower case");

const clientSettings = {
  record: {
    type: hash,
    default: "",
    value: "HASH",
    summary: "rootRecordHash that the verified file must carry; that of the service when not given",
  },
  customer: {
    type: matching(/^[^\0]{0,128}$/, "a customer id"),
    default: "",
    value: "ID",
    summary: "whose file is verified: any other customer's is refused",
  },
  customerKeyFrom: reference("where the customer's key is, 64 hexadecimal digits: its salts are checked"),
  recordKey: {
    type: hash,
    default: "",
    value: "HEX",
    summary: "the custodian's public key for records, as noted earlier; the published one when not given",
  },
  logKey: {
    type: hash,
    default: "",
    value: "HEX",
    summary: "the public key of the custodian's log that an export must be signed with",
  },
  offline: {
    type: toggle,
    default: false,
    summary: "verify a proof without asking the service which record is published",
  },
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
  method: {
    type: oneOf(["eip191", "eip712", "eip1271", "bip322"]),
    default: "eip191",
    value: "NAME",
    summary: "how the challenge of a claim was signed: eip191, eip712, eip1271, bip322",
  },
  format: {
    type: oneOf(["json", "csv", "pdf"]),
    default: "json",
    value: "NAME",
    summary: "of the report: json, csv, pdf",
  },
  dryRun: { type: toggle, default: false, summary: "only tell what would be removed" },
} as const;

export const reservesDefinition: SettingsDefinition<ReservesFlags> = {
  section: "reserves",
  settings: {
    ...serviceSettings("reserves", 8090),
    ...serveSettings,
    ...authenticationSettings,
    ...clientSettings,
    ...operationSettings,
    logLevel: { ...operationSettings.logLevel, isDynamic: true },
    logLevels: { ...operationSettings.logLevels, isDynamic: true },
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
