import {
  matching,
  path,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wholeNumber,
} from "@trellis/platform/config";
import { logLevelSetting, reference } from "@trellis/platform/service/settings";
import { chosenAction } from "../../cli/chosenAction.ts";

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
};
export type BackupAction = keyof typeof ACTIONS;

export interface BackupSettings extends BackupFlags {
  readonly action: BackupAction;
  /** Id of a backup, or `latest`. */
  readonly backup: string;
  /** Target directory of `restore`. */
  readonly target: string;
}

const kept = (summary: string) =>
  ({ type: wholeNumber(0, 10_000), default: 0, value: "COUNT", summary }) satisfies Setting<number>;

const settings = {
  dataDir: {
    type: path,
    default: ".trellis",
    value: "DIR",
    summary: "directory to back up, with all data directories below it",
  },
  repository: {
    type: matching(/^\S.*$/, "a directory"),
    default: ".trellis-backups",
    value: "DIR",
    summary: "directory of the backup repository, on another disk if possible",
  },
  passphraseFrom: reference("reference to the passphrase of the repository; default: prompt"),
  wrappedBy: {
    type: matching(/^$|^(?:hashivault|awskms):[^\s]+$/, "hashivault://KEY or awskms:///KEY"),
    default: "",
    value: "KEY",
    summary: "key of Vault or AWS KMS that protects the repository's key, instead of a passphrase",
  },
  at: {
    type: matching(
      /^$|^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/,
      "a UTC time like 2026-11-25T09:30:00Z",
    ),
    default: "",
    value: "TIME",
    summary: "`restore latest` restores databases as of this time; default: the time of the backup",
  },
  allValidatorsLost: {
    type: toggle,
    default: false,
    summary: "`restore`: all validators of the network are lost and restored; theirs resume at once",
  },
  keepLast: kept("`prune` keeps this many of the newest backups"),
  keepHourly: kept("`prune` keeps the newest backup of this many hours"),
  keepDaily: kept("`prune` keeps the newest backup of this many days"),
  keepWeekly: kept("`prune` keeps the newest backup of this many weeks"),
  keepMonthly: kept("`prune` keeps the newest backup of this many months"),
  json: { type: toggle, default: false, summary: "print JSON" },
  logLevel: { ...logLevelSetting, default: "warn" },
} satisfies Readonly<Record<string, Setting>>;

type BackupFlags = SettingsOf<typeof settings>;

export const backupDefinition: SettingsDefinition<BackupFlags> = { section: "backup", settings };

export async function backupSettings(
  flags: BackupFlags,
  operands: readonly string[],
): Promise<BackupSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, backup: rest[0] ?? "", target: rest[1] ?? "" };
}
