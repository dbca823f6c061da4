import { path, type SettingsDefinition, toggle } from "@trellis/platform/config";
import type { LogLevel } from "@trellis/platform/log";
import { logLevelSetting } from "./logLevel.ts";

export const DB_ACTIONS = ["stats", "inspect", "verify", "compact", "migrate"] as const;
export type DbAction = (typeof DB_ACTIONS)[number];

/** What `trellis db` reads from flags, environment and file. */
export interface DbFlags {
  /** Absolute. */
  readonly dataDir: string;
  readonly json: boolean;
  readonly logLevel: LogLevel;
}

/** What `trellis db` may be told. */
export interface DbSettings extends DbFlags {
  readonly action: DbAction;
  /** Behind the action: the table and the key of `inspect`. */
  readonly arguments: readonly string[];
}

export const dbDefinition: SettingsDefinition<DbFlags> = {
  section: "db",
  settings: {
    dataDir: {
      type: path,
      default: ".trellis/devnet",
      value: "DIR",
      summary: "the data directory to look into",
    },
    json: { type: toggle, default: false, summary: "print JSON" },
    logLevel: logLevelSetting,
  },
};
