import {
  matching,
  path,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wordOr,
} from "@trellis/platform/config";
import { trustSettings } from "@trellis/platform/service/settings";

const settings = {
  url: {
    type: matching(
      /^https?:\/\/[^\s?#]*[^\s?#/]$/,
      "an http:// or https:// address without a trailing slash",
    ),
    default: "http://127.0.0.1:8080",
    value: "URL",
    summary: "URL of a service",
  },
  signer: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "access file of a client of `trellis signer`: asks the signer instead",
  },
  ready: { type: toggle, default: false, summary: "fail also if the service is alive but not ready" },
  ...trustSettings,
} satisfies Readonly<Record<string, Setting>>;

export type HealthSettings = SettingsOf<typeof settings>;

export const healthDefinition: SettingsDefinition<HealthSettings> = { section: "health", settings };
