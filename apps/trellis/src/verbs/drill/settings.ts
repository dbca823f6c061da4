import { isRepository, REPOSITORY_FORMS } from "@trellis/backup/settings";
import {
  duration,
  list,
  matching,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wordOr,
} from "@trellis/platform/config";
import { logLevelSetting, trustSettings } from "@trellis/platform/service/settings";
import { backupDefinition } from "../backup/settings.ts";

const OBJECTIVE_MIN = "1s";
const OBJECTIVE_MAX = "365d";

const objective = (summary: string) =>
  ({
    type: wordOr(
      "none",
      duration(OBJECTIVE_MIN, OBJECTIVE_MAX),
      `none, or a duration with its unit (s, m, h, d) from ${OBJECTIVE_MIN} to ${OBJECTIVE_MAX}`,
    ),
    default: "none",
    value: "DURATION",
    summary,
  }) satisfies Setting<number | "none">;

const { s3Endpoint, s3Region, s3PathStyle, passphraseFrom, wrappedBy } = backupDefinition.settings;

const settings = {
  repository: {
    type: list.refine((places) => places.every(isRepository), {
      error: `${REPOSITORY_FORMS}, or several, separated by commas`,
    }),
    default: "",
    value: "DIR|s3://BUCKET/PREFIX,…",
    summary: "rehearse the restore of this repository's backup; default: the total loss of a devnet",
  },
  backup: {
    type: matching(
      /^(?:latest|[0-9A-Z]+-[0-9a-f]{8})$/,
      "latest, or an id that `trellis backup list` prints",
    ),
    default: "latest",
    value: "ID|latest",
    summary: "backup to rehearse with",
  },
  s3Endpoint,
  s3Region,
  s3PathStyle,
  passphraseFrom,
  wrappedBy,
  recoveryPointMax: objective("objective: the drill fails if more than this time of data is lost"),
  recoveryTimeMax: objective("objective: the drill fails if the recovery takes longer"),
  report: {
    type: matching(/^$|\.(?:md|json)$/, "a file that ends in .md or .json"),
    default: "",
    value: "FILE",
    summary: "write the report to this file, as Markdown (.md) or JSON (.json)",
  },
  json: { type: toggle, default: false, summary: "print the report as JSON" },
  logLevel: { ...logLevelSetting, default: "warn" },
  ...trustSettings,
} satisfies Readonly<Record<string, Setting>>;

export type DrillSettings = SettingsOf<typeof settings>;

export const drillDefinition: SettingsDefinition<DrillSettings> = { section: "drill", settings };
