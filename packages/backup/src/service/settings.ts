import { cron, path, type SettingsOf, toggle, wordOr } from "@trellis/platform/config";
import {
  type AuthenticationSettings,
  authenticationSettings,
  type CostSettings,
  costSettings,
  type GuardSettings,
  guardSettings,
  type OperationSettings,
  operationSettings,
  type ServiceSettings,
  serviceSettings,
  type TlsSettings,
  tlsSettings,
} from "@trellis/platform/service/settings";

const PORT = 8092;

const schedule = (summary: string, usual: string) => ({
  type: cron,
  default: usual,
  value: "CRON",
  summary: `\`watch\`: schedule of ${summary}, UTC`,
  isReloadable: true,
});

const watchSettings = {
  fullSchedule: schedule("full backups", "30 2 * * *"),
  logSchedule: schedule("log backups; their interval is what you can lose", "*/5 * * * *"),
  verifySchedule: schedule("verifications by restoring", "30 4 * * 0"),
  notify: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary:
      "`watch`: JSON file of notification receivers (e-mail, chat) for failed and late runs; default: none",
  },
  allowPrivateWebhooks: {
    type: toggle,
    default: false,
    summary: "allow notifications to http and private addresses, for development",
  },
} as const;

type OwnServiceSettings = Omit<ServiceSettings, "url" | "apiKeyFrom" | "signWith" | "signKeyId">;

/** Absolute paths. `dataDir` is the directory that is backed up. */
export type BackupServiceSettings = OwnServiceSettings &
  AuthenticationSettings &
  CostSettings &
  GuardSettings &
  TlsSettings &
  OperationSettings &
  SettingsOf<typeof watchSettings>;

const {
  url: _,
  apiKeyFrom: _key,
  signWith: _with,
  signKeyId: _id,
  ...service
} = serviceSettings("backup", PORT);

export const backupServiceSettings = {
  ...watchSettings,
  ...service,
  ...authenticationSettings,
  ...costSettings,
  ...guardSettings,
  ...tlsSettings,
  ...operationSettings,
};
