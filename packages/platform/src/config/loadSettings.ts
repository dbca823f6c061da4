import { existsSync } from "node:fs";
import { platformErrors } from "../errors.ts";
import type { GivenValue } from "./GivenValue.ts";
import { type Environment, readEnvironment } from "./readEnvironment.ts";
import { readFile } from "./readFile.ts";
import { readFlags } from "./readFlags.ts";
import type { Setting, SettingsDefinition } from "./Setting.ts";

export interface SettingsSources {
  /** Behind the verb, without --help. */
  readonly argv: readonly string[];
  readonly environment: Environment;
  /** Read when it exists and neither --config nor TRELLIS_CONFIG names another. */
  readonly defaultFile: string;
  /** Sections of the file that other services own. */
  readonly otherSections?: readonly string[];
  /** Variables that start with TRELLIS_ and belong to others. */
  readonly otherVariables?: readonly string[];
}

export interface LoadedSettings<T> {
  readonly settings: T;
  /** Where each value came from: `--rpc-port`, `TRELLIS_RPC_PORT`, `trellis.yaml:3`, `default`. */
  readonly origins: Readonly<Record<keyof T & string, string>>;
  readonly positionals: readonly string[];
}

/**
 * Flags win over the environment, which wins over the file, which wins over defaults. Every given value is
 * checked, also one that another overrides: a mistake must not wait for the day on which it counts.
 * @throws the errors of readFlags, readEnvironment and readFile, CONFIG_INVALID_VALUE
 */
export async function loadSettings<T extends object>(
  definition: SettingsDefinition<T>,
  sources: SettingsSources,
): Promise<LoadedSettings<T>> {
  const flags = readFlags(definition, sources.argv);
  const environment = readEnvironment(definition, sources.environment, [
    "TRELLIS_CONFIG",
    ...(sources.otherVariables ?? []),
  ]);
  const file = fileToRead(flags.configFile, sources);
  const fromFile =
    file === undefined
      ? new Map<string, GivenValue>()
      : await readFile(definition, file, sources.otherSections ?? []);

  const settings: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const [key, setting] of Object.entries<Setting>(definition.settings)) {
    const fallback: GivenValue = { value: setting.default, origin: "default" };
    const layers = [fallback, fromFile.get(key), environment.get(key), flags.values.get(key)];
    for (const given of layers) {
      if (given === undefined) continue;
      settings[key] = checked(key, setting, given);
      origins[key] = given.origin;
    }
  }
  return {
    settings: settings as T,
    origins: origins as Record<keyof T & string, string>,
    positionals: flags.positionals,
  };
}

function fileToRead(flag: string | undefined, sources: SettingsSources): string | undefined {
  const named = flag ?? (sources.environment.TRELLIS_CONFIG || undefined);
  if (named !== undefined) return named;
  return existsSync(sources.defaultFile) ? sources.defaultFile : undefined;
}

function checked(key: string, setting: Setting, given: GivenValue): unknown {
  const result = setting.type.safeParse(given.value);
  if (result.success) return result.data;
  throw platformErrors.CONFIG_INVALID_VALUE({
    setting: key,
    origin: given.origin,
    got: setting.isSecret === true ? "not shown" : printable(given.value),
    expected: result.error.issues[0]?.message,
  });
}

function printable(value: unknown): string {
  const text = typeof value === "string" ? `"${value}"` : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
