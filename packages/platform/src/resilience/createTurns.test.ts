import { expect, it } from "vitest";
import { createTurns } from "./createTurns.ts";

it("work waits for its turn, also behind work that failed, and gives its own result", async () => {
  const inTurn = createTurns();
  const seen: string[] = [];
  const work = (name: string, result: () => number) => async () => {
    seen.push(`${name} begins`);
    await Promise.resolve();
    seen.push(`${name} ends`);
    return result();
  };
  const fails = inTurn(
    work("a", () => {
      throw new Error("a fails");
    }),
  );
  const gives = inTurn(work("b", () => 7));
  await expect(fails).rejects.toThrow("a fails");
  expect(await gives).toBe(7);
  expect(seen).toEqual(["a begins", "a ends", "b begins", "b ends"]);
});
