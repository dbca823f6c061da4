import {
  cron,
  matching,
  path,
  type SettingsDefinition,
  type SettingsOf,
  size,
  toggle,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import {
  type AuthenticationSettings,
  authenticationSettings,
  type OperationSettings,
  operationSettings,
  reference,
  type ServiceSettings,
  serviceSettings,
} from "@trellis/platform/service/settings";

const WORKERS_MAX = 64;
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

/** Absolute paths, times in ms, sizes in bytes. */
export type ReservesServiceSettings = ServiceSettings &
  AuthenticationSettings &
  OperationSettings &
  SettingsOf<typeof serveSettings>;

export const reservesServiceDefinition: SettingsDefinition<ReservesServiceSettings> = {
  section: "reserves",
  settings: {
    ...serviceSettings("reserves", 8090),
    ...serveSettings,
    ...authenticationSettings,
    ...operationSettings,
    logLevel: { ...operationSettings.logLevel, isRuntime: true },
    logLevels: { ...operationSettings.logLevels, isRuntime: true },
  },
};
