import { expect, it } from "vitest";
import { transferHashes } from "./transferHashes.ts";

const hash = (digits: string): string => `0x${digits.repeat(32)}`;

it("reads what is listed in any manner, each once, and says what is no hash", () => {
  expect(transferHashes(` ${hash("ab")}\n${hash("cd")}, ${hash("AB")} `)).toEqual({
    value: [hash("ab"), hash("cd")],
  });
  expect(transferHashes(" \n")).toEqual({ wrong: "Enter at least one hash." });
  expect(transferHashes(`${hash("ab")} 0x12`)).toEqual({ wrong: expect.stringContaining("0x12 is not") });
  const many = Array.from({ length: 11 }, (_, index) => hash(String(10 + index)));
  expect(transferHashes(many.join(" "))).toEqual({ wrong: "At most 10 at once." });
});
