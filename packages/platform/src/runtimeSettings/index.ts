export type { ChangeStore } from "./ChangeStore.ts";
export { createMemoryChanges } from "./createMemoryChanges.ts";
export { runtimeSettingsErrors } from "./errors.ts";
export { openDatabaseChanges } from "./openDatabaseChanges.ts";
export {
  openRuntimeSettings,
  type RuntimeSettingsOptions,
  type RuntimeSettingsPorts,
} from "./openRuntimeSettings.ts";
export type {
  NewSettingChange,
  RuntimeSettings,
  SettingChange,
  SettingsListener,
} from "./RuntimeSettings.ts";
export {
  currentSettings,
  type OfferedSettings,
  readChanges,
  settingChange,
  settingsRoutes,
  shownChange,
} from "./settingsRoutes.ts";
export { openChangeFile } from "./systemChangeFile.ts";
