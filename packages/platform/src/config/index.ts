export { type LoadedSettings, loadSettings, type SettingsSources } from "./loadSettings.ts";
export { nearest } from "./nearest.ts";
export type { Environment } from "./readEnvironment.ts";
export { environmentName, flagName, type Setting, type SettingsDefinition } from "./Setting.ts";
export { list, matching, oneOf, path, port, toggle, wholeNumber, wordOr } from "./settingTypes.ts";
