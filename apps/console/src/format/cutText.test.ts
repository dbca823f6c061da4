import { expect, it } from "vitest";
import { cutText } from "./cutText.ts";

const FAMILY = "👨‍👩‍👧";

it.each([
  ["TRL", 3, "TRL"],
  ["TRELLIS", 7, "TRELLIS"],
  ["TRELLIS", 6, "TRELL…"],
  ["", 3, ""],
  ["🚀🚀🚀🚀", 3, "🚀🚀…"],
  [`${FAMILY}${FAMILY}`, 2, FAMILY + FAMILY],
  [`${FAMILY}${FAMILY}${FAMILY}`, 2, `${FAMILY}…`],
  ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
])("of %j at most %i characters are shown: %j", (text, max, shown) => {
  expect(cutText(text, max)).toBe(shown);
});
