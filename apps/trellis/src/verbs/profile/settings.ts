import {
  path,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import { PROFILE_SECONDS_MAX, type ProfileKind } from "@trellis/platform/profile";
import { type Actions, chosenAction } from "../../cli/chosenAction.ts";
import { nodeClientSettings } from "../nodeClientSettings.ts";

const actions = { cpu: { min: 0, max: 0 }, heap: { min: 0, max: 0 } } satisfies Actions<ProfileKind>;

const settings = {
  ...nodeClientSettings,
  seconds: {
    type: wholeNumber(1, PROFILE_SECONDS_MAX),
    default: 10,
    value: "N",
    summary: "time to sample, in seconds",
  },
  out: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "output file; default: standard output",
  },
} satisfies Readonly<Record<string, Setting>>;

type ProfileFlags = SettingsOf<typeof settings>;

export interface ProfileVerbSettings extends ProfileFlags {
  readonly kind: ProfileKind;
}

export const profileDefinition: SettingsDefinition<ProfileFlags> = { section: "profile", settings };

export async function profileVerbSettings(
  flags: ProfileFlags,
  operands: readonly string[],
): Promise<ProfileVerbSettings> {
  return { ...flags, kind: chosenAction(actions, operands).action };
}
