import { type Clock, isTrellisError, type Metrics } from "@trellis/base";
import { platformMetrics } from "../metrics.ts";
import type { Signer } from "./createSigner.ts";

export function measureSigner(
  signer: Signer,
  { metrics, clock }: { readonly metrics: Metrics; readonly clock: Clock },
): Signer {
  const requests = metrics.counter(platformMetrics.trellis_signer_requests_total);
  const seconds = metrics.histogram(platformMetrics.trellis_signer_request_seconds);
  return {
    keysOf: (client) => signer.keysOf(client),
    async ask(question) {
      const { operation } = question;
      const startMs = clock.nowMs();
      let outcome = "done";
      try {
        return await signer.ask(question);
      } catch (error) {
        outcome = isTrellisError(error) ? error.code : "UNKNOWN";
        throw error;
      } finally {
        requests.add(1, { operation, outcome });
        seconds.observe((clock.nowMs() - startMs) / 1_000, { operation });
      }
    },
  };
}
