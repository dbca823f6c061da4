import { expect, it } from "vitest";
import { type Attempt, Attempts } from "./Attempts.ts";

it("the same content is one attempt until it is done; other content is another", async () => {
  const attempts = new Attempts();
  const lost = async (content: object): Promise<Attempt> => {
    let made: Attempt | undefined;
    const sending = attempts.send(content, (attempt) => {
      made = attempt;
      return Promise.reject(new TypeError("lost"));
    });
    await expect(sending).rejects.toThrow("lost");
    return made!;
  };
  const first = await lost({ amount: 1 });
  expect(await lost({ amount: 1 })).toBe(first);
  const changed = await lost({ amount: 2 });
  expect(changed.key).not.toBe(first.key);
  await attempts.send({ amount: 2 }, async (attempt) => expect(attempt).toBe(changed));
  expect((await lost({ amount: 2 })).key).not.toBe(changed.key);
});
