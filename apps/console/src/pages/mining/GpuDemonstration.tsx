import { isTrellisError } from "@trellis/base";
import type { Demonstration } from "@trellis/mining/gpu/browser";
import { useEffect, useRef, useState } from "react";
import { countText } from "../../format/units.ts";
import { Card, Fact, Facts } from "../../ui/primitives.tsx";
import { hashRateText } from "./hashRateText.ts";

const FOR_MS = 5_000;

interface State {
  readonly isRunning: boolean;
  readonly adapter?: string;
  readonly shown?: Demonstration;
  readonly failure?: string;
}

/** The miner's shader in this page, on a fixed seal root: it earns nothing. */
export function GpuDemonstration() {
  const [state, setState] = useState<State>({ isRunning: false });
  const ending = useRef<AbortController>(undefined);
  useEffect(() => () => ending.current?.abort(), []);
  const start = (): void => {
    const controller = new AbortController();
    const { signal } = controller;
    ending.current = controller;
    const add = (part: Partial<State>): void => setState((before) => ({ ...before, ...part }));
    setState({ isRunning: true });
    void run(signal, add).then(
      () => add({ isRunning: false }),
      (error) => add({ isRunning: false, ...(signal.aborted ? {} : { failure: reasonOf(error) }) }),
    );
  };
  return (
    <Card title="This browser's GPU" aside={<span>a demonstration without rewards</span>}>
      {"gpu" in navigator ? (
        <>
          <p className="soft">
            Searches a fixed header for {FOR_MS / 1_000} seconds with the kHeavyHash shader of{" "}
            <code>trellis miner</code>, and verifies each found nonce with plain code.
          </p>
          <p>
            <button type="button" onClick={state.isRunning ? () => ending.current?.abort() : start}>
              {state.isRunning ? "Stop" : "Run on the GPU"}
            </button>
          </p>
          <Result {...state} />
        </>
      ) : (
        <p>
          This page has no WebGPU: the browser lacks it, or the page came neither through HTTPS nor from this
          machine.
        </p>
      )}
    </Card>
  );
}

export function Result({ isRunning, adapter, shown, failure }: State) {
  return (
    <>
      {shown !== undefined && (
        <Facts>
          <Fact name="GPU">{adapter}</Fact>
          <Fact name="Hash rate">{hashRateText(shown.hashRate)}</Fact>
          <Fact name="Hashes">{countText(shown.hashes)}</Fact>
          <Fact name="Verified nonces">{countText(shown.verified)}</Fact>
        </Facts>
      )}
      <p role="status" className={failure === undefined ? "soft" : "bad"}>
        {failure ??
          (isRunning ? (shown === undefined ? "compiling the shader…" : "searching…") : shown && "ended")}
      </p>
    </>
  );
}

/** Holds the GPU's memory no longer than it runs. */
async function run(signal: AbortSignal, add: (part: Partial<State>) => void): Promise<void> {
  const { demonstrate, openGpu } = await import("@trellis/mining/gpu/browser");
  const gpu = await openGpu(navigator.gpu);
  if (gpu === undefined) return add({ failure: "no GPU that WebGPU can use" });
  add({ adapter: gpu.adapter });
  signal.addEventListener("abort", gpu.close);
  try {
    const onSlice = (shown: Demonstration): void => add({ shown });
    await demonstrate(gpu, { forMs: FOR_MS, signal, onSlice }, { nowMs: () => performance.now() });
  } finally {
    gpu.close();
  }
}

function reasonOf(error: unknown): string {
  return isTrellisError(error, "GPU_UNAVAILABLE") ? String(error.facts.reason) : String(error);
}
