import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildContracts } from "./buildContracts.ts";

const MARKET = fileURLToPath(new URL("../../testing/market/", import.meta.url));

/** Does nothing without the test workspaces, as in a container image. */
export async function buildMarket(directory = MARKET): Promise<"built" | "unchanged"> {
  return existsSync(directory) ? buildContracts(directory) : "unchanged";
}
