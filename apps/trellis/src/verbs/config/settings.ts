import { path, type SettingsDefinition, toggle, wordOr } from "@trellis/platform/config";
import { chosenAction } from "../../cli/chosenAction.ts";

const ACTIONS = {
  check: { min: 0, max: 1 },
  show: { min: 0, max: 1 },
  diff: { min: 0, max: 1 },
  explain: { min: 1, max: 1 },
  reference: { min: 0, max: 0 },
};
type ConfigAction = keyof typeof ACTIONS;

/** What `trellis config` reads from flags, environment and file. */
export interface ConfigFlags {
  /** Another file to compare with, absolute; empty: the defaults. */
  readonly against: string;
  readonly json: boolean;
}

/** What `trellis config` may be told. */
export interface ConfigSettings extends ConfigFlags {
  readonly action: ConfigAction;
  /** A section of the file, or of `explain` a setting; empty: all sections. */
  readonly subject: string;
}

export const configDefinition: SettingsDefinition<ConfigFlags> = {
  section: "config",
  settings: {
    against: {
      type: wordOr("", path, "a path"),
      default: "",
      value: "FILE",
      summary: "the file that diff compares with; the defaults when not given",
    },
    json: { type: toggle, default: false, summary: "print JSON" },
  },
};

/** @throws USAGE_INVALID */
export async function configSettings(
  flags: ConfigFlags,
  operands: readonly string[],
): Promise<ConfigSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, subject: rest[0] ?? "" };
}
