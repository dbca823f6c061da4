import type { ChainClient } from "@trellis/client";
import { expect, it } from "vitest";
import { SubmissionBench } from "./testing/SubmissionBench.ts";

function counting(client: ChainClient) {
  const asked: Record<string, number> = {};
  const counted = new Proxy(client, {
    get(target, name: keyof ChainClient) {
      const method = target[name];
      if (typeof method !== "function") return method;
      return (...parameters: readonly never[]) => {
        asked[name] = (asked[name] ?? 0) + 1;
        return Reflect.apply(method, target, parameters);
      };
    },
  });
  const take = () => {
    const taken = { ...asked };
    for (const name of Object.keys(asked)) delete asked[name];
    return taken;
  };
  return { client: counted, take };
}

const silentRelay = { name: "r", isPublic: false, send: async () => undefined };

it("ARB-20: does not look up transactions lost by relays while their nonce is unused", async () => {
  const bench = new SubmissionBench();
  bench.chain.mine();
  const { client, take } = counting(bench.chain.client());
  const worker = bench.worker(client, silentRelay);
  for (let number = 1; number <= 70; number += 1) {
    await worker.submit(bench.job(number, 1));
    bench.chain.mine();
    take();
    await worker.advance();
  }
  expect(take()).toEqual({ block: 2, nextNonce: 1 });
  const [slot] = await bench.store.open();
  expect(slot?.attempts).toHaveLength(70);
});

it("ARB-21: requests the final block once for any number of included slots, and each block hash once", async () => {
  const bench = new SubmissionBench();
  bench.chain.mine();
  const { client, take } = counting(bench.chain.client());
  const worker = bench.worker(client);
  for (let number = 1; number <= 60; number += 1) {
    await worker.submit(bench.job(number, 1));
    bench.chain.mine();
    await worker.advance();
  }
  take();
  expect(await worker.advance()).toEqual([]);
  expect(take()).toEqual({ block: 1, blockHash: 60 });
  bench.chain.reorganise(2);
  bench.chain.mine();
  bench.chain.mine();
  const changed = await worker.advance();
  expect(changed.map(({ nonce, state }) => [nonce, state])).toEqual([
    [58, "sent"],
    [59, "sent"],
  ]);
  bench.chain.finalHeight = bench.chain.head.height;
  expect(await worker.advance()).toHaveLength(60);
});

it("ARB-21: requests an anchor's hash once for any number of slots", async () => {
  const bench = new SubmissionBench();
  bench.chain.mine();
  const anchor = { height: bench.chain.head.height, hash: bench.chain.head.hash };
  const { client, take } = counting(bench.chain.client());
  bench.options = { ...bench.options, inFlightMax: 9 };
  const worker = bench.worker(client, silentRelay);
  for (let number = 1; number <= 9; number += 1) await worker.submit(bench.job(number, 9, { anchor }));
  bench.chain.reorganise(1);
  bench.chain.mine();
  take();
  expect(await worker.advance()).toEqual([]);
  expect(take()).toMatchObject({ blockHash: 1 });
});
