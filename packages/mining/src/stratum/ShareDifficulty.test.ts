import { describe, expect, it } from "vitest";
import { DIFFICULTY_MIN, ShareDifficulty } from "./ShareDifficulty.ts";

/** Mean hashes per share until the difficulty is stable. */
function settled(hashesPerMs: number, fixed?: number): { difficulty: number; changes: number } {
  let nowMs = 0;
  let changes = 0;
  const difficulty = new ShareDifficulty(fixed, nowMs);
  const isFaster = () => (difficulty.current * 2 ** 32) / hashesPerMs;
  let nextShareMs = isFaster();
  let nextTemplateMs = 1_000;
  while (nowMs < 3_600_000) {
    nowMs = Math.min(nextShareMs, nextTemplateMs);
    if (nowMs === nextShareMs) difficulty.addShare();
    if (difficulty.adjust(nowMs)) changes++;
    nextShareMs = nowMs === nextShareMs ? nowMs + isFaster() : nextShareMs;
    if (nowMs === nextTemplateMs) nextTemplateMs += 1_000;
  }
  return { difficulty: difficulty.current, changes };
}

describe("ShareDifficulty [STRATUM-4]", () => {
  it.each([
    ["a core", 3_000],
    ["a GPU", 1_000_000],
    ["an ASIC", 10_000_000_000],
  ])("settles at a share every two to eight seconds for %s", (_, hashesPerMs) => {
    const { difficulty, changes } = settled(hashesPerMs);
    const shareMs = (difficulty * 2 ** 32) / hashesPerMs;
    expect(shareMs).toBeGreaterThan(2_000);
    expect(shareMs).toBeLessThan(8_000);
    expect(changes).toBeLessThan(10);
  });

  it("has a minimum, so that shares stay more expensive than their verification", () => {
    expect(settled(0.1).difficulty).toBe(DIFFICULTY_MIN);
  });

  it("that is fixed never changes", () => {
    expect(settled(1_000_000, 8)).toEqual({ difficulty: 8, changes: 0 });
  });
});
