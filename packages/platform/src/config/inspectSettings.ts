import { existsSync } from "node:fs";
import type { TrellisError } from "@trellis/base";
import { platformErrors } from "../errors.ts";
import type { GivenValue } from "./GivenValue.ts";
import { nearest } from "./nearest.ts";
import { type Environment, readEnvironment } from "./readEnvironment.ts";
import { readFile } from "./readFile.ts";
import { readFlags } from "./readFlags.ts";
import type { Setting, SettingsDefinition } from "./Setting.ts";
import { parsed } from "./structured.ts";

export interface SettingsSources {
  readonly argv: readonly string[];
  readonly environment: Environment;
  /** The file may be absent. --config or TRELLIS_CONFIG selects another one. */
  readonly defaultFile: string;
  /** If true, the default file must exist. */
  readonly needsDefaultFile?: boolean;
  /** Loads modules, so it is called only if a file or a TRELLIS_ variable exists. */
  readonly others?: () => Promise<OtherNames>;
}

/** Names of other verbs: all verbs share the file and the environment. */
interface OtherNames {
  readonly sections: readonly string[];
  readonly variables: readonly string[];
}

const NO_OTHERS: OtherNames = { sections: [], variables: [] };

const FILE_VARIABLES = ["TRELLIS_CONFIG", "TRELLIS_ENVIRONMENT"];

export interface InspectedSetting {
  readonly key: string;
  readonly setting: Setting;
  /** In ascending priority: default, file, file of the environment, variable, flag. */
  readonly layers: readonly GivenValue[];
  readonly value: unknown;
}

export interface InspectedSettings {
  readonly settings: readonly InspectedSetting[];
  readonly problems: readonly TrellisError[];
  readonly positionals: readonly string[];
  readonly files: readonly string[];
  readonly configFile: string | undefined;
}

/** Includes overridden layers. @throws CONFIG_UNKNOWN_KEY, CONFIG_FILE_UNREADABLE, CONFIG_INVALID_VALUE */
export async function inspectSettings(
  definition: SettingsDefinition,
  sources: SettingsSources,
): Promise<InspectedSettings> {
  const flags = readFlags(definition, sources.argv);
  const files = filesToRead(flags.configFile, sources);
  const isShared =
    files.length > 0 || Object.keys(sources.environment).some((name) => name.startsWith("TRELLIS_"));
  const others = (isShared ? await sources.others?.() : undefined) ?? NO_OTHERS;
  const fromFiles = [];
  for (const file of files) fromFiles.push(await readFile(definition, file, others.sections));
  const known = [...FILE_VARIABLES, ...others.variables];
  const environment = readEnvironment(definition, sources.environment, known);
  const problems = [...fromFiles, environment].flatMap((read) => read.problems);
  const given = [...fromFiles.map(({ values }) => values), environment.values, flags.values];

  const settings = Object.entries<Setting>(definition.settings).map(([key, setting]): InspectedSetting => {
    const layers = [
      { value: setting.default, origin: "default" },
      ...given.flatMap((layer) => layer.get(key) ?? []),
    ];
    let value: unknown;
    let members = {};
    for (const layer of layers) {
      value = checked(key, setting, layer, problems);
      if (setting.members === undefined || value === undefined) continue;
      members = { ...members, ...(parsed(layer.value, {}) as object) };
      value = setting.type.parse(members);
    }
    return { key, setting, layers, value };
  });
  return { settings, problems, positionals: flags.positionals, files, configFile: flags.configFile };
}

/** With TRELLIS_ENVIRONMENT=production, `trellis.production.yaml` overrides `trellis.yaml`. */
function filesToRead(
  flag: string | undefined,
  { environment, defaultFile, needsDefaultFile = false }: SettingsSources,
): string[] {
  const named = flag ?? (environment.TRELLIS_CONFIG || undefined);
  const file = named ?? (needsDefaultFile || existsSync(defaultFile) ? defaultFile : undefined);
  const name = environment.TRELLIS_ENVIRONMENT ?? "";
  if (name === "") return file === undefined ? [] : [file];
  if (!/^[a-z0-9-]{1,32}$/.test(name))
    throw platformErrors.CONFIG_INVALID_VALUE({
      setting: "TRELLIS_ENVIRONMENT",
      origin: "environment",
      got: `${name.length} characters`,
      expected: "1 to 32 lower-case letters, digits and hyphens, as in production",
    });
  const over = (named ?? defaultFile).replace(/(?=\.ya?ml$)|$/, `.${name}`);
  return file === undefined ? [over] : [file, over];
}

function checked(key: string, setting: Setting, given: GivenValue, problems: TrellisError[]): unknown {
  const result = setting.type.safeParse(given.value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const { path, message } = issue;
    if (issue.code === "unrecognized_keys") {
      problems.push(...issue.keys.map((name) => unknownMember([key, ...path], name, setting, given)));
      continue;
    }
    problems.push(
      platformErrors.CONFIG_INVALID_VALUE({
        setting: [key, ...path].join("."),
        origin: given.originOf?.(path) ?? given.origin,
        got: isHidden(setting, path) ? "not shown" : printable(partOf(given.value, path)),
        expected: message,
      }),
    );
  }
  return undefined;
}

function unknownMember(
  [key, ...path]: readonly [string, ...PropertyKey[]],
  name: string,
  { members = {} }: Setting,
  given: GivenValue,
): TrellisError {
  const inside = [key, ...path].join(".");
  const meant = path.length === 0 ? nearest(name, Object.keys(members)) : undefined;
  return platformErrors.CONFIG_UNKNOWN_KEY({
    key: `${inside}.${name}`,
    origin: given.originOf?.([...path, name]) ?? given.origin,
    didYouMean: meant === undefined ? undefined : `${inside}.${meant}`,
  });
}

/** Keys that end in `From` refer to secrets. */
function isHidden({ isSecret, members = {} }: Setting, path: readonly PropertyKey[]): boolean {
  const [name] = path;
  if (String(path.at(-1)).endsWith("From")) return true;
  const parts = name === undefined ? Object.values(members) : [members[String(name)]];
  return isSecret === true || parts.some((member) => member?.isSecret === true);
}

function partOf(value: unknown, path: readonly PropertyKey[]): unknown {
  let part = path.length === 0 ? value : parsed(value, {});
  for (const key of path) {
    if (typeof part !== "object" || part === null) return value;
    part = (part as Record<PropertyKey, unknown>)[key];
  }
  return part;
}

function printable(value: unknown): string {
  const text = typeof value === "string" ? `"${value}"` : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
