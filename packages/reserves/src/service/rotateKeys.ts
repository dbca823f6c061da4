import type { JobRun } from "@trellis/platform/jobs";
import type { Ledger, Rotation } from "../ledger/index.ts";

export function rotateKeys({ ledger }: { readonly ledger: Pick<Ledger, "rotateKeys"> }) {
  return (job: JobRun<object>): Promise<Rotation> =>
    ledger.rotateKeys({
      signal: job.signal,
      report: (progress) => void job.progress({ phase: "seal", ...progress }).catch(() => {}),
    });
}
