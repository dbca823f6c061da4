import { readFileSync } from "node:fs";

export function release(): string {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
  );
  return manifest.version;
}
