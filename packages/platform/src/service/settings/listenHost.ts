import { matching, type Setting } from "../../config/index.ts";

/** The address that a port is opened on: this machine's alone unless it is given. */
export function listenHost(summary: string) {
  return {
    type: matching(/^[0-9A-Za-z.:-]{1,253}$/, "an address"),
    default: "127.0.0.1",
    value: "ADDRESS",
    summary,
  } satisfies Setting<string>;
}
