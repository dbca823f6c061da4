import { expect, it } from "vitest";
import { VirtualTime } from "../fixtures/VirtualTime.ts";
import { LargeMessages } from "./LargeMessages.ts";

it("RPC-16: large messages take turns of the event loop one after another, small ones do not wait", async () => {
  const time = new VirtualTime();
  let due: (() => void)[] = [];
  const large = new LargeMessages({
    ...time,
    after: (_ms, run) => {
      due.push(run);
      return { cancel: () => {} };
    },
  });
  expect(large.turnFor(1_000)).toBeUndefined();
  const parsed: number[] = [];
  for (const message of [1, 2, 3]) void large.turnFor(100_000)?.then(() => parsed.push(message));
  for (const before of [[], [1], [1, 2], [1, 2, 3]]) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(parsed).toEqual(before);
    const turn = due;
    due = [];
    for (const run of turn) run();
  }
});
