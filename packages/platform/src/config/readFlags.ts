import { parseArgs } from "node:util";
import { platformErrors } from "../errors.ts";
import type { GivenValue } from "./GivenValue.ts";
import { nearest } from "./nearest.ts";
import { flagName, keyOfFlag, memberOf, type Setting, type SettingsDefinition } from "./Setting.ts";

interface ReadFlags {
  readonly values: ReadonlyMap<string, GivenValue>;
  readonly positionals: readonly string[];
  readonly configFile: string | undefined;
}

/** The caller must remove `--help` first. */
export function readFlags(definition: SettingsDefinition, argv: readonly string[]): ReadFlags {
  const keys = new Map(Object.keys(definition.settings).map((key) => [flagName(key), key]));
  const takesValue = (flag: string): boolean =>
    flag === "config" || definition.settings[keys.get(flag)!]?.value !== undefined;
  const flags = [...keys.keys(), "config"];
  const values = new Map<string, GivenValue>();
  const positionals: string[] = [];
  let configFile: string | undefined;

  const options = Object.fromEntries(
    flags.map((flag) => [flag, { type: takesValue(flag) ? ("string" as const) : ("boolean" as const) }]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const origin = token.rawName;
    if (!flags.includes(token.name) || !origin.startsWith("--")) throw unknownFlag(definition, origin, flags);
    const value = checkedValue(origin, token.value, takesValue(token.name));
    if (token.name === "config") {
      if (configFile !== undefined) throw repeated(origin);
      configFile = String(value);
      continue;
    }
    const key = keys.get(token.name)!;
    const before = values.get(key);
    const given = before === undefined ? value : together(definition.settings[key]!, before, value);
    if (given === undefined) throw repeated(origin);
    values.set(key, { value: given, origin });
  }
  return { values, positionals, configFile };
}

function together({ type }: Setting, { value: before }: GivenValue, value: string | true): unknown {
  const wrong = [before, value].find((part) => !type.safeParse(part).success);
  if (wrong !== undefined) return wrong;
  const words = [before, value].flat().flatMap((part) => String(part).split(","));
  const whole = words.map((word) => word.trim());
  return type.safeParse(whole).success ? whole : undefined;
}

function checkedValue(flag: string, value: string | undefined, takesValue: boolean): string | true {
  if (takesValue) {
    if (value === undefined || value.startsWith("--"))
      throw platformErrors.CONFIG_INVALID_VALUE({ flag, reason: "value missing" });
    return value;
  }
  if (value === undefined) return true;
  if (value !== "true" && value !== "false") {
    throw platformErrors.CONFIG_INVALID_VALUE({ flag, reason: "takes no value", got: value.slice(0, 80) });
  }
  return value;
}

function repeated(flag: string): Error {
  return platformErrors.CONFIG_INVALID_VALUE({ flag, reason: "given twice" });
}

function unknownFlag(definition: SettingsDefinition, flag: string, flags: readonly string[]): Error {
  const name = flag.replace(/^-+/, "");
  const member = memberOf(definition, keyOfFlag(name));
  const meant = member === undefined ? nearest(name, flags) : `${flagName(member[0])} '{"${member[1]}": …}'`;
  return platformErrors.CONFIG_UNKNOWN_KEY({
    flag: flag.slice(0, 80),
    didYouMean: meant === undefined ? undefined : `--${meant}`,
  });
}
