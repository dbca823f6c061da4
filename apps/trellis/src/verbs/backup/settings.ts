import { backupServiceSettings } from "@trellis/backup/service/settings";
import { isRepository, REPOSITORY_FORMS } from "@trellis/backup/settings";
import {
  list,
  matching,
  path,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  size,
  toggle,
  wholeNumber,
} from "@trellis/platform/config";
import { logLevelSetting, reference, trustSettings } from "@trellis/platform/service/settings";
import { z } from "zod";
import { chosenAction } from "../../cli/chosenAction.ts";
import { isRestoreTarget, RESTORE_TARGET, RESTORE_TARGET_FORMS } from "./restoreTarget.ts";

const ACTIONS = {
  init: { min: 0, max: 0 },
  run: { min: 0, max: 0 },
  logs: { min: 0, max: 0 },
  list: { min: 0, max: 0 },
  show: { min: 1, max: 1 },
  verify: { min: 0, max: 1 },
  restore: { min: 2, max: 2 },
  prune: { min: 0, max: 0 },
  repair: { min: 0, max: 0 },
  keys: { min: 1, max: 2 },
  extract: { min: 2, max: 3 },
  watch: { min: 0, max: 0 },
  "push-wal": { min: 1, max: 1 },
};
const KEYS_ACTIONS = { list: { min: 0, max: 0 }, add: { min: 0, max: 0 }, remove: { min: 1, max: 1 } };
export type BackupAction = keyof typeof ACTIONS;

export type KeysAction = keyof typeof KEYS_ACTIONS;

export interface BackupSettings extends BackupFlags {
  readonly action: BackupAction;
  /** Id of a backup, or `latest`. */
  readonly backup: string;
  /** Target of `restore` and `extract`. Empty: standard output. */
  readonly target: string;
  /** What `extract` reads. */
  readonly path: string;
  /** Action of `keys`. */
  readonly keysAction: KeysAction;
  /** Id of a key. */
  readonly key: string;
  /** File of `push-wal`. */
  readonly file: string;
}

const kept = (summary: string) =>
  ({ type: wholeNumber(0, 10_000), default: 0, value: "COUNT", summary }) satisfies Setting<number>;

const WRAPPING_KEY = matching(/^$|^(?:hashivault|awskms):[^\s]+$/, "hashivault://KEY or awskms:///KEY");

const settings = {
  ...backupServiceSettings,
  dataDir: {
    type: path,
    default: ".trellis",
    value: "DIR",
    summary: "directory to back up, with all data directories below it",
  },
  repository: {
    type: list.refine((places) => places.length > 0 && places.every(isRepository), {
      error: `${REPOSITORY_FORMS}, or several, separated by commas`,
    }),
    default: ".trellis-backups",
    value: "DIR|s3://BUCKET/PREFIX,…",
    summary: "backup repositories, on other disks or in S3; each gets its own backups",
  },
  s3Endpoint: {
    type: matching(/^$|^https?:\/\/[^\s/@]+\/?$/, "http(s)://HOST:PORT, without credentials"),
    default: "",
    value: "URL",
    summary: "S3-compatible server; default: AWS",
  },
  s3Region: {
    type: matching(/^$|^[a-z0-9-]{1,64}$/, "a region like eu-central-1"),
    default: "",
    value: "REGION",
    summary: "region of the bucket; default: from AWS_REGION or the profile",
  },
  s3PathStyle: {
    type: toggle,
    default: false,
    summary: "put the bucket into the path of S3 URLs, as most S3-compatible servers need",
  },
  passphraseFrom: reference("reference to the passphrase of the repository; default: prompt"),
  wrappedBy: {
    type: WRAPPING_KEY,
    default: "",
    value: "KEY",
    summary: "key of Vault or AWS KMS that protects the repository's key, instead of a passphrase",
  },
  newPassphraseFrom: reference("reference to the passphrase that `keys add` adds; default: prompt"),
  newWrappedBy: {
    type: WRAPPING_KEY,
    default: "",
    value: "KEY",
    summary: "key of Vault or AWS KMS that `keys add` adds",
  },
  postgres: reference(
    "reference to the URL of a PostgreSQL server that `run` also backs up, and whose archiving `logs` checks; its role needs REPLICATION",
  ),
  at: {
    type: matching(RESTORE_TARGET, RESTORE_TARGET_FORMS).refine(isRestoreTarget, { error: "no such date" }),
    default: "",
    value: "TIME",
    summary:
      "`restore latest` restores databases as of this time; `restore` restores PostgreSQL to lsn:LSN, xid:ID or name:RESTORE_POINT; default: the time of the backup",
  },
  allValidatorsLost: {
    type: toggle,
    default: false,
    summary: "`restore`: all validators of the network are lost and restored; theirs resume at once",
  },
  limitRate: {
    type: size("0B", "100GiB"),
    default: "16MiB",
    value: "SIZE",
    summary: "`run`, `logs` and `watch` read at most this much in a second; 0B: no limit",
  },
  keepLast: kept("`prune` keeps this many of the newest backups"),
  keepHourly: kept("`prune` keeps the newest backup of this many hours"),
  keepDaily: kept("`prune` keeps the newest backup of this many days"),
  keepWeekly: kept("`prune` keeps the newest backup of this many weeks"),
  keepMonthly: kept("`prune` keeps the newest backup of this many months"),
  archiveTo: {
    type: z
      .string({ error: REPOSITORY_FORMS })
      .refine((place) => place === "" || isRepository(place), { error: REPOSITORY_FORMS }),
    default: "",
    value: "DIR|s3://BUCKET/PREFIX",
    summary: "repository with the same key, to which `prune` copies each backup before it removes it",
  },
  json: { type: toggle, default: false, summary: "print JSON" },
  logLevel: { ...logLevelSetting, default: "warn" },
  ...trustSettings,
} satisfies Readonly<Record<string, Setting>>;

export type BackupFlags = SettingsOf<typeof settings>;

export const backupDefinition: SettingsDefinition<BackupFlags> = { section: "backup", settings };

export async function backupSettings(
  flags: BackupFlags,
  operands: readonly string[],
): Promise<BackupSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  const [backup = "", ...others] = rest;
  const [path = "", target = ""] = action === "extract" ? others : ["", ...others];
  const keys = chosenAction(KEYS_ACTIONS, action === "keys" ? rest : ["list"]);
  const [key = ""] = keys.rest;
  return { ...flags, action, backup, path, target, keysAction: keys.action, key, file: backup };
}
