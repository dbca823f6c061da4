import { fileURLToPath } from "node:url";
import { build } from "vite";

const CONSOLE = fileURLToPath(new URL("../../apps/console/", import.meta.url));

export async function buildConsole(): Promise<void> {
  await build({ root: CONSOLE, configFile: `${CONSOLE}vite.config.ts`, logLevel: "warn" });
}
