import { setTimeout as delay } from "node:timers/promises";
import { systemRandom } from "@trellis/platform/system";
import { reservesErrors } from "../errors.ts";
import type { ServiceClient } from "./ServiceClient.ts";

interface JobProgress {
  readonly phase: string;
  readonly done: number;
  readonly total: number | undefined;
}

interface JobAnswer {
  readonly state: "waiting" | "running" | "done" | "cancelled" | "dead";
  readonly attempts: number;
  readonly progress?: Partial<JobProgress> | null;
  readonly output: unknown;
}

const LOOK_MS = 500;
const ATTEMPTS_SHOWN = 3;

const WAITS = /^waiting /;

/** @param report called once for each awaited input @throws RESERVES_JOB_FAILED, and the service's codes */
export async function runJob<T>(
  client: ServiceClient,
  path: string,
  body: object,
  report: (what: string) => void = () => {},
  showProgress: (progress: JobProgress) => void = () => {},
): Promise<T> {
  const key = Buffer.from(systemRandom.bytes(16)).toString("hex");
  const { kind, id } = await client.post<{ kind: string; id: string }>(path, body, key);
  for (let reportedPhase = ""; ; ) {
    const { state, attempts, progress, output } = await client.get<JobAnswer>(`/v1/jobs/${kind}/${id}`);
    if (state === "done") return (output as { value: T }).value;
    const isLost = state === "waiting" && attempts >= ATTEMPTS_SHOWN;
    if (isLost || state === "dead" || state === "cancelled") {
      const { code, message } = (output ?? {}) as { code?: string; message?: string };
      throw reservesErrors.RESERVES_JOB_FAILED({ job: id, state, refusal: code, reason: message });
    }
    const { phase = "", done = 0, total } = progress ?? {};
    if (state === "running" && WAITS.test(phase)) {
      if (phase !== reportedPhase) report(phase);
    } else if (state === "running" && phase !== "") showProgress({ phase, done, total });
    reportedPhase = phase;
    await delay(LOOK_MS);
  }
}
