import type { Log, Metrics } from "@trellis/base";
import { openRpcEndpoint } from "@trellis/client";
import { platformErrors } from "@trellis/platform";
import { readSecret } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { createFanOut, createPrivateRelay, type Relay, signedRequest } from "../submission/index.ts";
import { readHeldKey } from "./openWalletKey.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

/** A trade is valid for only a few blocks. */
const RELAY = { timeoutMs: 3_000, retriesMax: 1 };

/** @throws CONFIG_INVALID_VALUE, and errors of readSecret and readHeldKey */
export async function openRelays(
  { relays, vault }: Pick<ArbitrageServiceSettings, "relays" | "vault">,
  io: ProcessIo & { readonly log: Log; readonly metrics: Metrics },
): Promise<Relay | undefined> {
  if (relays.length === 0) return undefined;
  const opened = relays.map(
    async ({ name, urlFrom, signingKeyFrom: keyFrom, signingPasswordFrom: passwordFrom }) => {
      const url = (await readSecret(urlFrom, `Address of the relay ${name}`, io)).trim();
      if (!/^https?:\/\/\S+$/.test(url))
        throw platformErrors.CONFIG_INVALID_VALUE({
          setting: "relays",
          reason: `no address of ${name}`,
        });
      const owner = `the relay ${name}`;
      const signer =
        keyFrom === "" ? undefined : await readHeldKey({ keyFrom, passwordFrom, owner }, vault, io);
      const headersOf = signer && ((body: string) => signedRequest(signer, body));
      return createPrivateRelay(
        name,
        openRpcEndpoint({ name, url, ...RELAY, ...(headersOf && { headersOf }) }, io),
      );
    },
  );
  return createFanOut(await Promise.all(opened), { log: io.log.child("relays") });
}
