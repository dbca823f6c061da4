import { readFile } from "node:fs/promises";
import type { KillSwitch } from "./createRisk.ts";

const REASON_LENGTH_MAX = 200;

/** Read errors other than ENOENT also stop trading. */
export function openKillFile(path: string): KillSwitch {
  return async () => {
    try {
      const text = await readFile(path, "utf8");
      return `kill file ${path} present: ${text.trim().slice(0, REASON_LENGTH_MAX) || "no reason given"}`;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
      return code === "ENOENT" ? undefined : `the file ${path} cannot be read: ${code}`;
    }
  };
}
