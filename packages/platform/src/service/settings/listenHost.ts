import { matching, type Setting } from "../../config/index.ts";

export function listenHost(summary: string) {
  return {
    type: matching(/^[0-9A-Za-z.:-]{1,253}$/, "an address"),
    default: "127.0.0.1",
    value: "ADDRESS",
    summary,
  } satisfies Setting<string>;
}
