import { z } from "zod";
import { matching, type Setting } from "../config/index.ts";

export const REFERENCE: RegExp =
  /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:[^\0]+|vault:[\w-]+\/[^\0#?]+#[^\0#]+|sealed:[^\0#]+#[\w.-]+)$/;
export const REFERENCE_FORMS = "env:NAME, file:PATH, vault:MOUNT/PATH#FIELD or sealed:FILE#NAME";

export const secretPlace = z.string().regex(REFERENCE, { error: REFERENCE_FORMS });

export function reference(summary: string): Setting<string> {
  return {
    type: matching(new RegExp(`^$|${REFERENCE.source}`), REFERENCE_FORMS),
    default: "",
    value: "REF",
    summary,
    isSecret: true,
  };
}
