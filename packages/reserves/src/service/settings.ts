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
  type CostSettings,
  costSettings,
  type DrainSettings,
  drainSettings,
  type GuardSettings,
  guardSettings,
  keyUri,
  type OperationSettings,
  operationSettings,
  reference,
  type ServiceSettings,
  serviceSettings,
  type TlsSettings,
  tlsSettings,
} from "@trellis/platform/service/settings";

const WORKERS_MAX = 64;
const serveSettings = {
  custodian: {
    type: matching(/^[\x21-\x2a\x2c-\x7e]{1,128}$/, "a name of 1 to 128 characters without spaces or +"),
    default: "localhost",
    value: "NAME",
    summary: "domain name of the custodian in records and log; must never change",
  },
  workers: {
    type: wholeNumber(0, WORKERS_MAX),
    default: 2,
    value: "N",
    summary: "number of concurrent background jobs; 0: only serve the API",
  },
  treeMemoryMax: {
    type: size("1MiB", "1024GiB"),
    default: "2GiB",
    value: "SIZE",
    summary: "memory for cached snapshot trees; the tree in use is loaded regardless of its size",
  },
  allowPrivateWebhooks: {
    type: toggle,
    default: false,
    summary: "allow webhooks to http and private addresses, for development",
  },
  anchorRpcFrom: reference(
    "reference to the node URLs of the EVM chain that anchors records, separated by commas",
  ),
  anchorChain: {
    type: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    default: 0,
    value: "N",
    summary: "chain id of the anchoring chain",
  },
  anchorKeyFrom: {
    ...reference("reference to the private key of the anchoring account, which must send nothing else"),
    isReloadable: true,
    needsSignal: true,
  },
  anchorHolder: {
    ...keyUri("key URI of the anchoring account at a key holder, instead of its private key"),
    isReloadable: true,
    needsSignal: true,
  },
  anchorConfirmations: {
    type: wholeNumber(0, 100_000),
    default: 0,
    value: "N",
    summary: "confirmations that make a block final; 0: use the chain's finalized block",
  },
  chains: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "JSON file of chains, assets and prices for attestations; default: no attestations",
  },
  notify: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "JSON file of notification receivers (e-mail, chat) for incidents; default: none",
  },
  retention: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "JSON file of retention periods; default: those of docs/spec/reserves-service.md",
  },
  snapshotSchedule: {
    type: wordOr("", cron, "a schedule of five fields, in UTC: minute, hour, day, month, weekday"),
    default: "",
    value: "CRON",
    summary: "schedule of automatic snapshots, UTC (0 3 * * *: at 03:00); default: none",
  },
  reconciliationSchedule: {
    type: cron,
    default: "7 * * * *",
    value: "CRON",
    summary: "schedule of reconciliation, UTC",
  },
  signer: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary:
      "access file of a client of `trellis signer` that signs records, log heads and anchors; default: the service key",
  },
  masterKeysFrom: reference(
    "reference to newer master keys, 64 hexadecimal digits per line, newest first; default: from the service key",
  ),
} as const;

/** Absolute paths, times in ms, sizes in bytes. */
export type ReservesServiceSettings = ServiceSettings &
  AuthenticationSettings &
  GuardSettings &
  TlsSettings &
  CostSettings &
  OperationSettings &
  DrainSettings &
  SettingsOf<typeof serveSettings>;

export const reservesServiceDefinition: SettingsDefinition<ReservesServiceSettings> = {
  section: "reserves",
  settings: {
    ...serviceSettings("reserves", 8090),
    ...serveSettings,
    ...authenticationSettings,
    ...guardSettings,
    ...tlsSettings,
    ...costSettings,
    ...operationSettings,
    ...drainSettings,
    logLevel: { ...operationSettings.logLevel, isRuntime: true },
    logLevels: { ...operationSettings.logLevels, isRuntime: true },
  },
};
