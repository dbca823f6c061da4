import { GpuDemonstration } from "./GpuDemonstration.tsx";
import { MiningWorkers } from "./MiningWorkers.tsx";

export function Mining() {
  return (
    <>
      <h1>Mining</h1>
      <MiningWorkers />
      <GpuDemonstration />
    </>
  );
}
