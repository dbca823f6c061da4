import { expect, it } from "vitest";
import { signerErrors } from "../keyServices/errors.ts";
import { createPrometheusMetrics } from "../metrics/index.ts";
import type { Signer } from "./createSigner.ts";
import { measureSigner } from "./measureSigner.ts";

it("counts requests by operation and outcome, and takes their time", async () => {
  let nowMs = 0;
  const refusal = signerErrors.SIGNER_REFUSED({ rule: "permission" });
  const signer = {
    keysOf: () => [],
    async ask({ client }: { readonly client: string }) {
      nowMs += 200;
      if (client === "stranger") throw refusal;
      return { answer: {} };
    },
  } as unknown as Signer;
  const metrics = createPrometheusMetrics({ process: false });
  const measured = measureSigner(signer, { metrics, clock: { nowMs: () => nowMs } });
  const ask = (client: string) =>
    measured.ask({ client, key: "validator/main", operation: "vote", body: {} });
  await ask("node");
  await ask("node");
  await expect(ask("stranger")).rejects.toBe(refusal);
  expect(measured.keysOf("node")).toEqual([]);
  const text = await metrics.render();
  expect(text).toContain('trellis_signer_requests_total{operation="vote",outcome="done"} 2');
  expect(text).toContain('trellis_signer_requests_total{operation="vote",outcome="SIGNER_REFUSED"} 1');
  expect(text).toContain('trellis_signer_request_seconds_bucket{le="0.1",operation="vote"} 0');
  expect(text).toContain('trellis_signer_request_seconds_bucket{le="0.25",operation="vote"} 3');
});
