export type {
  DynamicSettings,
  NewSettingChange,
  SettingChange,
  SettingsListener,
} from "./DynamicSettings.ts";
export { dynamicErrors } from "./errors.ts";
export { type DynamicOptions, type DynamicPorts, openDynamicSettings } from "./openDynamicSettings.ts";
export {
  currentSettings,
  type OfferedSettings,
  readChanges,
  settingChange,
  settingsRoutes,
  shownChange,
} from "./settingsRoutes.ts";
