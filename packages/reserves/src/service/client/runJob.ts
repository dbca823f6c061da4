import { setTimeout as delay } from "node:timers/promises";
import { systemRandom } from "@trellis/platform/system";
import { reservesErrors } from "../errors.ts";
import type { ServiceClient } from "./ServiceClient.ts";

interface JobAnswer {
  readonly state: "waiting" | "running" | "done" | "cancelled" | "dead";
  readonly attempts: number;
  readonly progress?: { readonly phase?: string } | null;
  readonly output: unknown;
}

const LOOK_MS = 500;
/** What failed so often fails for a reason that waiting does not mend. */
const ATTEMPTS_SHOWN = 3;

/** What a job says that lacks something a person can add. */
const WAITS = /^waits /;

/**
 * Begins a job and waits for what it gives.
 * @param tell is told, once, of each thing that the job waits for
 * @throws RESERVES_JOB_FAILED, and what the service refuses
 */
export async function runJob<T>(
  client: ServiceClient,
  path: string,
  body: object,
  tell: (what: string) => void = () => {},
): Promise<T> {
  const key = Buffer.from(systemRandom.bytes(16)).toString("hex");
  const { kind, id } = await client.post<{ kind: string; id: string }>(path, body, key);
  for (let told = ""; ; ) {
    const { state, attempts, progress, output } = await client.get<JobAnswer>(`/v1/jobs/${kind}/${id}`);
    if (state === "done") return (output as { value: T }).value;
    const isLost = state === "waiting" && attempts >= ATTEMPTS_SHOWN;
    if (isLost || state === "dead" || state === "cancelled") {
      const { code, message } = (output ?? {}) as { code?: string; message?: string };
      throw reservesErrors.RESERVES_JOB_FAILED({ job: id, state, refusal: code, reason: message });
    }
    const phase = progress?.phase ?? "";
    if (state === "running" && WAITS.test(phase) && phase !== told) tell(phase);
    told = phase;
    await delay(LOOK_MS);
  }
}
