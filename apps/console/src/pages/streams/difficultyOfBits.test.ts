import { expect, it } from "vitest";
import { difficultyOfBits } from "./difficultyOfBits.ts";

it.each([
  // Expected hashes at Bitcoin's genesis target: 2^32 / (1 - 2^-16).
  [0x1d00ffff, 4_295_032_833],
  [0x203fffff, 4],
  [0, 0],
])("%i", (bits, hashes) => {
  expect(difficultyOfBits(bits) / Math.max(1, hashes)).toBeCloseTo(hashes === 0 ? 0 : 1, 5);
});
