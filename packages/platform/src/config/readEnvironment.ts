import type { TrellisError } from "@trellis/base";
import { platformErrors } from "../errors.ts";
import type { GivenValue } from "./GivenValue.ts";
import { nearest } from "./nearest.ts";
import type { ReadValues } from "./readFile.ts";
import { environmentName, keyOfVariable, memberOf, type SettingsDefinition } from "./Setting.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Ignores empty variables. `otherNames` belong to other services or tests. */
export function readEnvironment(
  definition: SettingsDefinition,
  environment: Environment,
  otherNames: readonly string[],
): ReadValues {
  const keys = new Map(Object.keys(definition.settings).map((key) => [environmentName(key), key]));
  const values = new Map<string, GivenValue>();
  const problems: TrellisError[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("TRELLIS_") || value === undefined || value === "") continue;
    const key = keys.get(name);
    if (key !== undefined) values.set(key, { value, origin: name });
    else if (!otherNames.includes(name)) {
      const member = memberOf(definition, keyOfVariable(name));
      const didYouMean =
        member === undefined
          ? nearest(name, [...keys.keys(), ...otherNames])
          : `${environmentName(member[0])}={"${member[1]}": …}`;
      problems.push(platformErrors.CONFIG_UNKNOWN_KEY({ key: name, origin: "environment", didYouMean }));
    }
  }
  return { values, problems };
}
