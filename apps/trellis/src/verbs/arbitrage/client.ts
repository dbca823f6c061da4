import type { VerbIo } from "../../cli/VerbIo.ts";
import { arbitrageErrors } from "../../compose/arbitrage/errors.ts";
import type { ArbitrageSettings } from "../../config/arbitrage.ts";
import { readApiKey } from "../reserves/readApiKey.ts";
import { ServiceClient } from "../reserves/ServiceClient.ts";

const REFUSALS = {
  unreachable: arbitrageErrors.ARBITRAGE_UNREACHABLE,
  refused: arbitrageErrors.ARBITRAGE_REFUSED,
};

/** The arbitrage service, with the API key. @throws what reading the key throws */
export async function arbitrageClient(
  { url, apiKeyFrom }: Pick<ArbitrageSettings, "url" | "apiKeyFrom">,
  io: VerbIo,
): Promise<ServiceClient> {
  return new ServiceClient(url, await readApiKey(apiKeyFrom, io), REFUSALS);
}
