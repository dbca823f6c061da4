import {
  duration,
  matching,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
} from "@trellis/platform/config";
import { type Actions, chosenAction } from "../../cli/chosenAction.ts";
import { nodeClientSettings } from "../nodeClientSettings.ts";

const actions = {
  list: { min: 0, max: 0 },
  ban: { min: 1, max: 1 },
  unban: { min: 1, max: 1 },
  key: { min: 0, max: 0 },
} satisfies Actions<string>;

const settings = {
  ...nodeClientSettings,
  banTime: {
    type: duration("1s", "3650d"),
    default: "1d",
    value: "TIME",
    summary: "duration of the ban",
  },
  reason: {
    type: matching(/^.{1,500}$/, "1 to 500 characters"),
    default: "by an operator",
    value: "TEXT",
    summary: "reason for the ban, for the list and the log",
  },
  json: { type: toggle, default: false, summary: "print JSON" },
} satisfies Readonly<Record<string, Setting>>;

type GuardFlags = SettingsOf<typeof settings>;

export interface GuardVerbSettings extends GuardFlags {
  readonly action: keyof typeof actions;
  readonly network: string | undefined;
}

export const guardDefinition: SettingsDefinition<GuardFlags> = { section: "guard", settings };

export async function guardVerbSettings(
  flags: GuardFlags,
  operands: readonly string[],
): Promise<GuardVerbSettings> {
  const { action, rest } = chosenAction(actions, operands);
  return { ...flags, action, network: rest[0] };
}
