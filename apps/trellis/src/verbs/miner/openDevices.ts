import type { Log } from "@trellis/base";
import { createCpuMiner, createGpuMiner, startGpu } from "@trellis/mining";
import { systemScheduler } from "@trellis/platform/system";
import { createDevices, type Device, type Devices } from "./createDevices.ts";
import type { MinerSettings } from "./settings.ts";

const NAMES: Readonly<Record<MinerSettings["device"], readonly Device[]>> = {
  cpu: ["cpu"],
  gpu: ["gpu"],
  both: ["cpu", "gpu"],
};

/** Drivers that compute on the CPU, slower than its own miner. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe/i;

/** A GPU that cannot mine is reported, and the CPU mines. */
export function openDevices(
  { device, threads }: Pick<MinerSettings, "device" | "threads">,
  log: Log,
): Devices {
  const cpu = createCpuMiner({ workers: threads, onPlain: () => log.warn("vectors.wrong") }, systemScheduler);
  const names = NAMES[device];
  const gpu = names.includes("gpu")
    ? createGpuMiner({
        cpu: names.includes("cpu") ? undefined : cpu,
        startGpu: async () => {
          const started = await startGpu();
          if (SOFTWARE.test(started.adapter)) log.warn("gpu.software", { adapter: started.adapter });
          return started;
        },
        scheduler: systemScheduler,
        onGivenUp: (error) => log.warn("gpu.unavailable", { error }),
      })
    : undefined;
  return createDevices(names, { cpu, gpu });
}
