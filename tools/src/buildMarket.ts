import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildContracts } from "./buildContracts.ts";

const MARKET = fileURLToPath(new URL("../../testing/market/", import.meta.url));

/**
 * Compiles the tokens and pools of `testing/market`, hostile ones among them. Does nothing where the tests are left
 * out, as in a container image.
 * @throws CONTRACT_COMPILE_FAILED
 */
export async function buildMarket(directory = MARKET): Promise<"built" | "unchanged"> {
  return existsSync(directory) ? buildContracts(directory) : "unchanged";
}
