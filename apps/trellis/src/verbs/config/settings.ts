import {
  path,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wordOr,
} from "@trellis/platform/config";
import { chosenAction } from "../../cli/chosenAction.ts";

const ACTIONS = {
  check: { min: 0, max: 1 },
  show: { min: 0, max: 1 },
  diff: { min: 0, max: 1 },
  explain: { min: 1, max: 1 },
  reference: { min: 0, max: 0 },
};
type ConfigAction = keyof typeof ACTIONS;

export interface ConfigSettings extends ConfigFlags {
  readonly action: ConfigAction;
  readonly subject: string;
}

const settings = {
  against: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "file that `diff` compares with; default: the default settings",
  },
  json: { type: toggle, default: false, summary: "print JSON" },
} satisfies Readonly<Record<string, Setting>>;

export type ConfigFlags = SettingsOf<typeof settings>;

export const configDefinition: SettingsDefinition<ConfigFlags> = { section: "config", settings };

export async function configSettings(
  flags: ConfigFlags,
  operands: readonly string[],
): Promise<ConfigSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, subject: rest[0] ?? "" };
}
