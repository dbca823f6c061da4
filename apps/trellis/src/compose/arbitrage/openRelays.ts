import { createFanOut, createPrivateRelay, type Relay } from "@trellis/arbitrage/submission";
import type { Log, Metrics } from "@trellis/base";
import { openRpcEndpoint } from "@trellis/client";
import type { VerbIo } from "../../cli/VerbIo.ts";
import type { ArbitrageSettings } from "../../config/arbitrage.ts";
import { readSecret } from "../../verbs/keys/readSecret.ts";
import { arbitrageErrors } from "./errors.ts";

/** A trade lives for a block or a few: who does not take it by then need not. */
const RELAY = { timeoutMs: 3_000, retriesMax: 1 };

/**
 * The private relays of the settings, as one; undefined where none is set.
 * @throws ARBITRAGE_SETTING_MISSING for what is no address, and as readSecret
 */
export async function openRelays(
  { relays }: Pick<ArbitrageSettings, "relays">,
  io: VerbIo & { readonly log: Log; readonly metrics: Metrics },
): Promise<Relay | undefined> {
  if (relays.length === 0) return undefined;
  const opened = relays.map(async ({ name, urlFrom }) => {
    const url = (await readSecret(urlFrom, `Address of the relay ${name}`, io)).trim();
    if (!/^https?:\/\/\S+$/.test(url))
      throw arbitrageErrors.ARBITRAGE_SETTING_MISSING({ setting: "relays", missing: `address of ${name}` });
    return createPrivateRelay(name, openRpcEndpoint({ name, url, ...RELAY }, io));
  });
  return createFanOut(await Promise.all(opened), { log: io.log.child("relays") });
}
