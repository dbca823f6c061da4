import { releaseMemory, systemScheduler } from "../system/index.ts";
import type { ServiceIo } from "./ServiceIo.ts";

/** Services that use each other's answers have settled by then. */
const SETTLED_MS = 10_000;

/** For processes that share a developer's machine. Delays requests once by about 0.1 s. */
export async function releaseStartMemory({ lifecycle }: Pick<ServiceIo, "lifecycle">): Promise<void> {
  await lifecycle.start(
    "memory of the start",
    () => systemScheduler.after(SETTLED_MS, releaseMemory),
    (timer) => timer.cancel(),
  );
}
