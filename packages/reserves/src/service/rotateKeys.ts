import type { JobRun } from "@trellis/platform/jobs";
import type { ServiceKeys } from "@trellis/platform/service";
import type { Ledger, Rotation } from "../ledger/index.ts";

interface RotationPorts {
  readonly ledger: Pick<Ledger, "rotateKeys">;
  readonly keys: Pick<ServiceKeys, "reencrypt">;
}

export function rotateKeys({ ledger, keys }: RotationPorts) {
  return (job: JobRun<object>): Promise<Rotation> =>
    keys.reencrypt(() =>
      ledger.rotateKeys({
        signal: job.signal,
        report: (progress) => void job.progress({ phase: "seal", ...progress }).catch(() => {}),
      }),
    );
}
