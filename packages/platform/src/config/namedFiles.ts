import type { InspectedSetting } from "./inspectSettings.ts";
import type { Member } from "./Setting.ts";

/** Files with the content of a reloadable setting: of placeholder `FILE`, or referred to by `file:PATH`. */
export function namedFiles({ setting, value }: Pick<InspectedSetting, "setting" | "value">): string[] {
  const { members, needsSignal } = setting;
  if (needsSignal === true) return [];
  if (members === undefined) return filesIn(setting, value);
  const values = new Map(Object.entries(value ?? {}));
  return Object.entries(members).flatMap(([name, member]) => filesIn(member, values.get(name)));
}

function filesIn({ isReloadable, value: placeholder }: Member, value: unknown): string[] {
  if (isReloadable !== true) return [];
  if (placeholder === "FILE") return typeof value === "string" && value !== "" ? [value] : [];
  return textsIn(value).flatMap((text) => /^file:(.+)$/s.exec(text)?.[1] ?? []);
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
