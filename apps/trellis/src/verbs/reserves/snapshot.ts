import { setTimeout as delay } from "node:timers/promises";
import { systemRandom } from "@trellis/platform/system";
import type { VerbIo } from "../../cli/VerbIo.ts";
import type { ReservesSettings } from "../../config/reserves.ts";
import { trellisErrors } from "../../errors.ts";
import { authorizedClient, print } from "./client.ts";

interface JobAnswer {
  readonly state: "waiting" | "running" | "done" | "cancelled" | "dead";
  readonly attempts: number;
  readonly output: unknown;
}

const LOOK_MS = 500;
/** What failed so often fails for a reason that waiting does not mend. */
const ATTEMPTS_SHOWN = 3;

/** Takes a snapshot and waits until it is public. @throws RESERVES_JOB_FAILED, and what the service refuses */
export async function snapshot(settings: ReservesSettings, io: VerbIo): Promise<void> {
  const client = await authorizedClient(settings, io);
  const key = Buffer.from(systemRandom.bytes(16)).toString("hex");
  const { id } = await client.post<{ id: string }>("/v1/snapshots", {}, key);
  for (;;) {
    const { state, attempts, output } = await client.get<JobAnswer>(`/v1/jobs/snapshot/${id}`);
    if (state === "done") return print((output as { value: Record<string, unknown> }).value, settings, io);
    const isLost = state === "waiting" && attempts >= ATTEMPTS_SHOWN;
    if (isLost || state === "dead" || state === "cancelled") {
      const { message } = (output ?? {}) as { message?: string };
      throw trellisErrors.RESERVES_JOB_FAILED({ job: id, state, reason: message });
    }
    await delay(LOOK_MS);
  }
}
