import { expect, it } from "vitest";
import { StallWindow } from "./StallWindow.ts";

it("finds a peer slow that sent fewer than 512 blocks in 45 seconds, however many before [SYNC-22] [SYNC-32]", () => {
  let nowMs = 0;
  const window = new StallWindow({ nowMs: () => nowMs });
  expect(window.isSlow(20_000)).toBe(false);
  nowMs = 45_001;
  expect(window.isSlow(0)).toBe(false);
  nowMs = 90_001;
  expect(window.isSlow(511)).toBe(false);
  nowMs = 90_002;
  expect(window.isSlow(1)).toBe(false);
  nowMs = 135_003;
  expect(window.isSlow(511)).toBe(true);
});
