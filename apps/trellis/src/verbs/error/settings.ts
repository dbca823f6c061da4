import { type Setting, type SettingsDefinition, type SettingsOf, toggle } from "@trellis/platform/config";
import { trellisErrors } from "../../errors.ts";

export interface ErrorSettings extends ErrorFlags {
  readonly code: string | undefined;
}

const settings = { json: { type: toggle, default: false, summary: "print JSON" } } satisfies Readonly<
  Record<string, Setting>
>;

type ErrorFlags = SettingsOf<typeof settings>;

export const errorDefinition: SettingsDefinition<ErrorFlags> = { section: "error", settings };

export async function errorSettings(flags: ErrorFlags, operands: readonly string[]): Promise<ErrorSettings> {
  const [code, ...rest] = operands;
  if (rest.length > 0) throw trellisErrors.USAGE_INVALID({ got: rest[0]?.slice(0, 80) });
  return { ...flags, code: code?.toUpperCase() };
}
