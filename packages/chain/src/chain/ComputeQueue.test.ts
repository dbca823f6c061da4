import { expect, it } from "vitest";
import { ComputeQueue } from "./ComputeQueue.ts";

it("yields to other work between two computations", async () => {
  const queue = new ComputeQueue();
  const order: string[] = [];
  const computations = [1, 2, 3].map((number) => queue.run(() => order.push(`computation ${number}`)));
  const other = (left: number): void => {
    order.push("other");
    if (left > 0) setImmediate(other, left - 1);
  };
  setImmediate(other, 3);
  await Promise.all(computations);
  const places = [1, 2, 3].map((number) => order.indexOf(`computation ${number}`));
  expect(order.slice(places[0]! + 1, places[1])).toContain("other");
  expect(order.slice(places[1]! + 1, places[2])).toContain("other");
});

it("CALL_ABANDONED: does not start abandoned computations, and does not wait for them", async () => {
  const queue = new ComputeQueue();
  const first = Promise.withResolvers<void>();
  let isOver = false;
  const begun: number[] = [];
  const running = queue.run(() => first.promise);
  const waiting = Array.from({ length: 1_000 }, (_, number) =>
    queue.run(() => begun.push(number), { isOver: () => isOver }),
  );
  const outcomes = Promise.allSettled(waiting);
  let turnCount = 0;
  const next = queue.run(() => turnCount);
  isOver = true;
  first.resolve();
  await running;
  const count = (): void => {
    turnCount++;
    if (turnCount < 1_000) setImmediate(count);
  };
  setImmediate(count);
  expect(await next).toBeLessThan(10);
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "CALL_ABANDONED" } });
  }
  expect(begun).toEqual([]);
});

it("a failure affects only its own computation", async () => {
  const queue = new ComputeQueue();
  const failing = queue.run(() => {
    throw new RangeError("no");
  });
  const following = queue.run(() => 2);
  await expect(failing).rejects.toThrow("no");
  expect(await following).toBe(2);
});
