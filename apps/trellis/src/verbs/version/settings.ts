import { type SettingsDefinition, toggle } from "@trellis/platform/config";

export interface VersionSettings {
  readonly json: boolean;
}

export const versionDefinition: SettingsDefinition<VersionSettings> = {
  section: "version",
  settings: { json: { type: toggle, default: false, summary: "print one line of JSON" } },
};
