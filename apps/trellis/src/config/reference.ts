import { matching, type Setting } from "@trellis/platform/config";

/** A secret that stands elsewhere: `env:NAME`, `file:PATH`, or empty when it is asked for. */
export function reference(summary: string): Setting<string> {
  return {
    type: matching(/^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:[^\0]+)?$/, "env:NAME or file:PATH"),
    default: "",
    value: "REF",
    summary,
    isSecret: true,
  };
}
