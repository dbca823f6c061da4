import {
  path,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import type { ProfileKind } from "@trellis/platform/profile";
import { baseUrl, reference, signingSettings, trustSettings } from "@trellis/platform/service/settings";
import { type Actions, chosenAction } from "../../cli/chosenAction.ts";

const actions = { cpu: { min: 0, max: 0 }, heap: { min: 0, max: 0 } } satisfies Actions<ProfileKind>;
const SECONDS_MAX = 120;

const settings = {
  url: baseUrl("http://127.0.0.1:8080/node", "URL of a node's service port with /node, or of a service"),
  apiKeyFrom: reference(
    "reference to the API key, env:NAME or file:PATH; default: none, for a local network",
  ),
  ...signingSettings,
  seconds: {
    type: wholeNumber(1, SECONDS_MAX),
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
  ...trustSettings,
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
