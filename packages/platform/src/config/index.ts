export { createLiveSettings } from "./createLiveSettings.ts";
export { cron } from "./cron.ts";
export { duration, millisecondsOrDuration } from "./duration.ts";
export type { GivenValue } from "./GivenValue.ts";
export {
  type InspectedSetting,
  type InspectedSettings,
  inspectSettings,
  type SettingsSources,
} from "./inspectSettings.ts";
export type { Apply, ChangeCause, LiveSettings, Prepare, ReloadCause, ReloadWhen } from "./LiveSettings.ts";
export { type LoadedSettings, loadSettings } from "./loadSettings.ts";
export { nearest } from "./nearest.ts";
export type { Environment } from "./readEnvironment.ts";
export {
  environmentName,
  flagName,
  type Member,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
} from "./Setting.ts";
export { fraction, list, matching, oneOf, path, port, toggle, wholeNumber, wordOr } from "./settingTypes.ts";
export { type ShownSetting, shownSettings } from "./shownSettings.ts";
export { size } from "./size.ts";
export { listOf, objectOf, parsed } from "./structured.ts";
export { type FileWatch, openFileWatch } from "./systemFileWatch.ts";
export { readTextFile } from "./systemTextFile.ts";
