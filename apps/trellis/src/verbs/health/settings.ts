import {
  path,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wordOr,
} from "@trellis/platform/config";
import { baseUrl, trustSettings } from "@trellis/platform/service/settings";

const settings = {
  url: baseUrl("http://127.0.0.1:8080", "URL of a service"),
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
