import { describe, expect, it } from "vitest";
import { verifyStore } from "../integrity/verifyStore.ts";
import type { ChainControl } from "./ChainControl.ts";
import { createTestChain, type TestChain } from "./testing/testChain.ts";

function controlOf(chain: TestChain): ChainControl {
  return chain.control!;
}

describe("time [DEV-2]", () => {
  it("is the clock's plus what was added, also after a restart", async () => {
    const chain = await createTestChain();
    controlOf(chain).advance(86_400_000);
    await chain.mine();
    const { timestampMs } = chain.view.head().header;
    expect(timestampMs).toBe(chain.clock.ms + 86_400_000);
    const reopened = await chain.reopen();
    reopened.clock.ms = chain.clock.ms + 5_000;
    expect(controlOf(reopened).nowMs() - timestampMs).toBeGreaterThanOrEqual(0);
    await reopened.mine();
    expect(reopened.view.head().header.timestampMs).toBeGreaterThan(timestampMs);
  });

  it("moves on from the newest block, which quick blocks put ahead of the clock", async () => {
    const chain = await createTestChain();
    controlOf(chain).begin();
    const realMs = chain.clock.ms;
    for (let made = 0; made < 100; made++) {
      await chain.mine();
      chain.clock.ms = realMs;
    }
    const { timestamp } = chain.view.head();
    expect(timestamp * 1_000 - realMs).toBeGreaterThan(90_000);
    controlOf(chain).advance(50_000);
    await chain.mine();
    expect(chain.view.head().timestamp - timestamp).toBeGreaterThanOrEqual(50);
  });

  it("of the next block may be set, once; later blocks continue from there", async () => {
    const chain = await createTestChain();
    controlOf(chain).begin();
    for (const offsetMs of [3_600_000, 500_000_000_000, 7_000]) {
      const timestampMs = (chain.view.head().timestamp + offsetMs / 1_000) * 1_000;
      controlOf(chain).set({ timestampMs });
      expect(controlOf(chain).nextTimestamp()).toBe(timestampMs / 1_000);
      await chain.mine();
      expect(chain.view.head().header.timestampMs).toBe(timestampMs);
      await chain.mine();
      expect(chain.view.head().header.timestampMs).toBe(timestampMs + 1_000);
    }
  });

  it("may be the parent's in seconds, if that is allowed", async () => {
    const chain = await createTestChain();
    const control = controlOf(chain);
    control.allowsEqualTimes = true;
    control.begin();
    await chain.mine();
    const { timestamp } = chain.view.head();
    const millisecond = chain.view.head().header.timestampMs % 1_000;
    for (let made = millisecond; made < 999; made++) {
      control.set({ timestampMs: timestamp * 1_000 });
      expect(control.nextTimestamp()).toBe(timestamp);
      await chain.mine();
    }
    expect(chain.view.head().timestamp).toBe(timestamp);
    expect(chain.view.head().header.timestampMs).toBe(timestamp * 1_000 + 999);
    control.set({ timestampMs: timestamp * 1_000 });
    await chain.mine();
    expect(chain.view.head().timestamp).toBe(timestamp + 1);
    expect(verifyStore(chain.store)).toMatchObject({ problems: [] });
  });

  it("differs by a second between blocks, once a program has begun", async () => {
    const chain = await createTestChain();
    const times: number[] = [];
    for (let made = 0; made < 4; made++) {
      if (made === 1) controlOf(chain).begin();
      const expected = controlOf(chain).nextTimestamp();
      await chain.mine();
      if (made > 0) expect(chain.view.head().timestamp).toBe(expected);
      chain.clock.ms -= 999;
      times.push(chain.view.head().timestamp);
    }
    expect(times.map((time) => time - times[0]!)).toEqual([0, 1, 2, 3]);
  });
});
