import type { Hex } from "@trellis/base";
import { type ChainClient, type Sender, waitForFinality } from "@trellis/client";
import { systemClock, systemScheduler } from "@trellis/platform/system";

const WAIT = { rule: { confirmations: 0 }, pollMs: 50, timeoutMs: 180_000 } as const;
const PORTS = { clock: systemClock, scheduler: systemScheduler };
/** An estimate would need the effects of earlier transactions. */
const GAS_LIMIT = 8_000_000n;

export async function sendAll(
  client: ChainClient,
  sender: Sender,
  calls: readonly { readonly to: Hex; readonly data: Hex }[],
): Promise<void> {
  const first = await client.nextNonce(sender.address, "pending");
  const hashes: Hex[] = [];
  for (const [place, call] of calls.entries()) {
    const { raw, hash } = await sender.prepare(call, { nonce: first + place, gasLimit: GAS_LIMIT });
    await client.send(raw);
    hashes.push(hash);
  }
  for (const hash of hashes) await waitForFinality(client, hash, WAIT, PORTS);
}
