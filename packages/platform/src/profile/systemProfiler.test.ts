import { describe, expect, it } from "vitest";
import { systemProfiler } from "./systemProfiler.ts";

const never = new AbortController().signal;

function work(): void {
  const untilMs = performance.now() + 100;
  while (performance.now() < untilMs);
}

describe("systemProfiler", () => {
  it("samples the functions that run", async () => {
    const taken = systemProfiler.take("cpu", 200, never);
    setTimeout(work, 50);
    const { nodes } = JSON.parse(await taken);
    const names = nodes.map((node: { callFrame: { functionName: string } }) => node.callFrame.functionName);
    expect(names).toContain("work");
  });

  it("samples the memory that is allocated and kept", async () => {
    const kept: object[] = [];
    const taken = systemProfiler.take("heap", 200, never);
    setTimeout(function fill() {
      for (let index = 0; index < 100_000; index++) kept.push({ index });
    }, 50);
    const text = await taken;
    expect(kept).toHaveLength(100_000);
    expect(JSON.parse(text).head.children).not.toEqual([]);
    expect(text).toContain('"functionName":"fill"');
  });

  it("OVERLOADED during a profile, and ends it with its client", async () => {
    const client = new AbortController();
    const taken = systemProfiler.take("cpu", 60_000, client.signal);
    await expect(systemProfiler.take("heap", 1, never)).rejects.toMatchObject({ code: "OVERLOADED" });
    client.abort();
    await expect(taken).rejects.toMatchObject({ name: "AbortError" });
    expect(await systemProfiler.take("cpu", 1, never)).toContain('"nodes"');
  });
});
