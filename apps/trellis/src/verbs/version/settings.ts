import { type Setting, type SettingsDefinition, type SettingsOf, toggle } from "@trellis/platform/config";

const settings = {
  json: { type: toggle, default: false, summary: "print one line of JSON" },
} satisfies Readonly<Record<string, Setting>>;

export type VersionSettings = SettingsOf<typeof settings>;

export const versionDefinition: SettingsDefinition<VersionSettings> = { section: "version", settings };
