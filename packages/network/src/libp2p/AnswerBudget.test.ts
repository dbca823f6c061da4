import { expect, it } from "vitest";
import { AnswerBudget } from "./AnswerBudget.ts";

const LIMITS = { perPeerMax: 100, inAllMax: 400, waitingPerPeerMax: 50 };
const settle = () => new Promise((resolve) => setImmediate(resolve));

function open() {
  const budget = new AnswerBudget(LIMITS);
  const begun: string[] = [];
  const givenUp: string[] = [];
  const ask = (peer: string, bytes = 60, signal: AbortSignal = new AbortController().signal) =>
    budget.begin(
      peer,
      10,
      async () => {
        begun.push(peer);
        return new Uint8Array(bytes);
      },
      { signal, giveUp: () => givenUp.push(peer) },
    );
  return { budget, begun, givenUp, ask };
}

it("does not compute more answers for a peer that does not read them [LINK-17]", async () => {
  const { budget, begun, ask } = open();
  const asked = [ask("a"), ask("a"), ask("a"), ask("a"), ask("b")];
  await settle();
  expect(begun).toEqual(["a", "b", "a"]);
  expect(budget.bytes).toBe(180);
  (await asked[0])!.taken();
  await settle();
  expect(begun).toEqual(["a", "b", "a", "a"]);
  for (const each of asked) (await each)!.taken();
  expect(budget.bytes).toBe(0);
});

it("limits the number of waiting answers", async () => {
  const { ask } = open();
  const asked = Array.from({ length: 8 }, () => ask("a"));
  expect(await Promise.all(asked.slice(5))).toEqual([undefined, undefined, undefined]);
});

it("an answer waits for capacity up to its timeout", async () => {
  const { ask, begun } = open();
  await Promise.all([ask("a"), ask("a")]);
  await expect(ask("a", 60, AbortSignal.timeout(10))).rejects.toMatchObject({ name: "TimeoutError" });
  expect(begun).toHaveLength(2);
});

it("an abandoned wait frees its place, every time", async () => {
  const { ask, budget } = open();
  const [first, second] = [await ask("a"), await ask("a")];
  for (let round = 0; round < 3; round++) {
    const aborter = new AbortController();
    const waiting = Array.from({ length: 5 }, () => ask("a", 60, aborter.signal));
    expect(await ask("a")).toBeUndefined();
    aborter.abort(new RangeError("gone"));
    for (const each of waiting) await expect(each).rejects.toThrow("gone");
  }
  const next = ask("a");
  first!.taken();
  second!.taken();
  (await next)!.taken();
  expect(budget.bytes).toBe(0);
});

it("PEER_OVER_LIMIT: above the global budget the peer that has read nothing for longest is disconnected", async () => {
  const { ask, givenUp } = open();
  const first = (await ask("a"))!;
  await ask("b");
  await ask("a");
  for (const peer of ["c", "d", "e"]) await ask(peer);
  first.taken();
  await ask("f");
  expect(givenUp).toEqual([]);
  await ask("g");
  expect(givenUp).toEqual(["b"]);
});

it("a failed answer leaves nothing behind", async () => {
  const { budget, ask, begun } = open();
  const failing = budget.begin("a", 10, async () => Promise.reject(new RangeError("no")), {
    signal: new AbortController().signal,
    giveUp: () => {},
  });
  await expect(failing).rejects.toThrow("no");
  expect(budget.bytes).toBe(0);
  (await ask("a"))!.taken();
  expect(begun).toEqual(["a"]);
});
