import { describe, expect, it } from "vitest";
import { SlowGas } from "./SlowGas.ts";

const SECOND_OF_GAS = 350_000_000;

function begin(random?: number) {
  const clock = { ms: 1_000_000, nowMs: () => clock.ms };
  const bytes = (count: number) => new Uint8Array(count).fill(random ?? 0);
  return { clock, slowGas: new SlowGas(clock, random === undefined ? undefined : { bytes }) };
}

describe("EXEC-34", () => {
  it("waits for six times the excess after slow gas, at most 5 s", () => {
    const { clock, slowGas } = begin();
    slowGas.executed(SECOND_OF_GAS, 1_000);
    expect([slowGas.isRecovering, slowGas.hasTurn()]).toEqual([false, true]);
    slowGas.executed(SECOND_OF_GAS, 1_100);
    expect([slowGas.isRecovering, slowGas.hasTurn()]).toEqual([true, false]);
    clock.ms += 599;
    expect(slowGas.isRecovering).toBe(true);
    clock.ms += 1;
    expect([slowGas.isRecovering, slowGas.hasTurn()]).toEqual([false, true]);
    slowGas.executed(0, 60_000);
    clock.ms += 5_000;
    expect(slowGas.isRecovering).toBe(false);
  });

  it("is busy for eight times the excess of an execution without slow gas", () => {
    const { clock, slowGas } = begin();
    slowGas.took(50_000_000, 100);
    expect(slowGas.hasTurn()).toBe(true);
    slowGas.took(50_000_000, 150);
    expect([slowGas.isRecovering, slowGas.hasTurn()]).toEqual([false, false]);
    clock.ms += 400;
    expect(slowGas.hasTurn()).toBe(true);
  });

  it("reserves one turn after slow gas", () => {
    const { clock, slowGas } = begin(0x80);
    expect(slowGas.hasTurn()).toBe(false);
    clock.ms += 502;
    expect(slowGas.hasTurn()).toBe(true);
    expect(slowGas.hasTurn()).toBe(true);
    slowGas.executed(0, 100);
    clock.ms += 600;
    expect(slowGas.hasTurn()).toBe(false);
    clock.ms += 503;
    expect(slowGas.hasTurn()).toBe(true);
  });

  it("expects more slow gas for 10 s", () => {
    const { clock, slowGas } = begin();
    slowGas.executed(0, 100);
    clock.ms += 600 + 9_999;
    expect(slowGas.isLikely).toBe(true);
    clock.ms += 1;
    expect(slowGas.isLikely).toBe(false);
  });
});
