import { inspectSettings, type SettingsSources } from "./inspectSettings.ts";
import { namedFiles } from "./namedFiles.ts";
import type { SettingsDefinition } from "./Setting.ts";

export interface LoadedSettings<T> {
  readonly settings: T;
  readonly origins: Readonly<Record<keyof T & string, string>>;
  readonly positionals: readonly string[];
  /** Configuration files, and files that reloadable settings name. */
  readonly files: readonly string[];
}

/** @throws the errors of inspectSettings, and its first problem */
export async function loadSettings<T extends object>(
  definition: SettingsDefinition<T>,
  sources: SettingsSources,
): Promise<LoadedSettings<T>> {
  const { settings, problems, positionals, files } = await inspectSettings(
    definition as SettingsDefinition,
    sources,
  );
  const [problem] = problems;
  if (problem !== undefined) throw problem;
  const origins = settings.map(({ key, layers }) => [key, layers.at(-1)?.origin]);
  return {
    settings: Object.fromEntries(settings.map(({ key, value }) => [key, value])) as T,
    origins: Object.fromEntries(origins) as Record<keyof T & string, string>,
    positionals,
    files: [...new Set([...files, ...settings.flatMap(namedFiles)])],
  };
}
