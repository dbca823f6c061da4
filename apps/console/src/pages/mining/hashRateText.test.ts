import { expect, it } from "vitest";
import { hashRateText } from "./hashRateText.ts";

it.each([
  [0, "0.0 H/s"],
  [999.94, "999.9 H/s"],
  [999.95, "1.0 kH/s"],
  [1_234_567, "1.2 MH/s"],
  [3e9, "3.0 GH/s"],
  [2e16, "20000.0 TH/s"],
])("%d is %s", (rate, text) => expect(hashRateText(rate)).toBe(text));
