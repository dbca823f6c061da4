import {
  path,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
} from "@trellis/platform/config";
import { logLevelSetting } from "@trellis/platform/service/settings";
import { chosenAction } from "../../cli/chosenAction.ts";

const ACTIONS = {
  stats: { min: 0, max: 0 },
  inspect: { min: 1, max: 2 },
  verify: { min: 0, max: 0 },
  compact: { min: 0, max: 0 },
  migrate: { min: 0, max: 0 },
  backup: { min: 1, max: 1 },
};
type DbAction = keyof typeof ACTIONS;

export interface DbSettings extends DbFlags {
  readonly action: DbAction;
  readonly arguments: readonly string[];
}

const settings = {
  dataDir: {
    type: path,
    default: ".trellis/devnet",
    value: "DIR",
    summary: "data directory to inspect",
  },
  json: { type: toggle, default: false, summary: "print JSON" },
  logLevel: { ...logLevelSetting, default: "warn" },
} satisfies Readonly<Record<string, Setting>>;

type DbFlags = SettingsOf<typeof settings>;

export const dbDefinition: SettingsDefinition<DbFlags> = { section: "db", settings };

export async function dbSettings(flags: DbFlags, operands: readonly string[]): Promise<DbSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, arguments: rest };
}
