import { z } from "zod";
import type { Member, Setting } from "./Setting.ts";

/**
 * A list of values with a shape of their own: a YAML sequence in the file, JSON in a flag or the environment.
 * `expected` says what the list is of.
 */
export function listOf<T>(item: z.ZodType<T>, expected: string): z.ZodType<readonly T[]> {
  return z.preprocess((given) => parsed(given, []), z.array(item, { error: expected }));
}

/**
 * A setting whose value is an object: a YAML mapping in the file, JSON in a flag or the environment. A member that is
 * not given has its default.
 */
export function objectOf<T extends object>(
  members: { readonly [Key in keyof T & string]: Member<T[Key]> },
  summary: string,
): Setting<T> {
  const all = Object.entries<Member>(members);
  const shape = Object.fromEntries(all.map(([name, member]) => [name, member.type.prefault(member.default)]));
  const expected = `an object with the members ${all.map(([name]) => name).join(", ")}`;
  return {
    // `shape` has the members of T: an object that is built entry by entry loses their types.
    type: z.preprocess(
      (given) => parsed(given, {}),
      z.strictObject(shape, { error: expected }),
    ) as z.ZodType<T>,
    default: "",
    value: "JSON",
    summary,
    members,
    isReloadable: all.some(([, { isReloadable }]) => isReloadable === true),
  };
}

/** What text stands for where a shape is expected; `empty` where it is empty. */
export function parsed(given: unknown, empty: object): unknown {
  if (typeof given !== "string") return given;
  if (given.trim() === "") return empty;
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
}
