import { matching, type Setting } from "../../config/index.ts";

/** Paths are appended to it. */
export function baseUrl(url: string, summary: string) {
  return {
    type: matching(
      /^https?:\/\/[^\s?#]*[^\s?#/]$/,
      "an http:// or https:// address without a trailing slash",
    ),
    default: url,
    value: "URL",
    summary,
  } satisfies Setting<string>;
}
