import { z } from "zod";
import type { Member, Setting } from "./Setting.ts";

/** A YAML sequence, or JSON in a flag or variable. */
export function listOf<T>(item: z.ZodType<T>, expected: string): z.ZodType<readonly T[]> {
  return z.preprocess((given) => parsed(given, []), z.array(item, { error: expected }));
}

/** A YAML mapping, or JSON in a flag or variable. */
export function objectOf<T extends object>(
  members: { readonly [Key in keyof T & string]: Member<T[Key]> },
  summary: string,
): Setting<T> {
  const all = Object.entries<Member>(members);
  const shape = Object.fromEntries(all.map(([name, member]) => [name, member.type.prefault(member.default)]));
  const expected = `an object with the members ${all.map(([name]) => name).join(", ")}`;
  return {
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

export function parsed(given: unknown, empty: object): unknown {
  if (typeof given !== "string") return given;
  if (given.trim() === "") return empty;
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
}
