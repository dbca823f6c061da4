import type { LoadedSettings } from "./loadSettings.ts";
import type { Setting, SettingsDefinition } from "./Setting.ts";

export interface ShownSetting {
  readonly key: string;
  /** JSON value; null for a configured secret. */
  readonly value: unknown;
  readonly isHidden: boolean;
  readonly origin: string;
  readonly summary: string;
  readonly isReloadable: boolean;
  readonly isDynamic: boolean;
}

export function shownSettings<T extends object>(
  definition: SettingsDefinition<T>,
  { settings, origins }: Pick<LoadedSettings<T>, "settings" | "origins">,
): readonly ShownSetting[] {
  return Object.entries<Setting>(definition.settings).map(([key, setting]) => {
    const value: unknown = settings[key as keyof T];
    const isHidden = setting.isSecret === true && value !== "";
    return {
      key,
      value: isHidden ? null : asJson(withoutSecrets(value, setting)),
      isHidden,
      origin: origins[key as keyof T & string],
      summary: setting.summary,
      isReloadable: setting.isReloadable === true,
      isDynamic: setting.isRuntime === true,
    };
  });
}

function withoutSecrets(value: unknown, { members = {} }: Setting): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      members[name]?.isSecret === true && part !== "" ? null : part,
    ]),
  );
}

function asJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part));
  return text === undefined ? null : JSON.parse(text);
}
