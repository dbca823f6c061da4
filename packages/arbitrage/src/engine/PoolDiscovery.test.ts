import type { ChainClient } from "@trellis/client";
import { expect, it } from "vitest";
import type { PoolFactory } from "../pools/book/PoolFactory.ts";
import type { PoolSource } from "../pools/sources/PoolSource.ts";
import { addressOf } from "../pools/testing/addresses.ts";
import { hashOf, logOf } from "../pools/testing/logs.ts";
import { PoolDiscovery } from "./PoolDiscovery.ts";

const POOL = addressOf(0xa);
const TIP = 1_000_000;

const [young, old] = [addressOf(1), addressOf(2)].map((address): PoolFactory => {
  const source = { address: POOL } as PoolSource;
  return { address, poolOf: (log) => ({ source, log }) as unknown as ReturnType<PoolFactory["poolOf"]> };
}) as [PoolFactory, PoolFactory];

it("ARB-28: finds a pool of a block that arrives by a reorganisation while logs are requested", async () => {
  let branch = 0;
  const asked: number[] = [];
  const client: Pick<ChainClient, "logs"> = {
    async logs({ address, fromHeight, toHeight }) {
      if (address !== young.address) return [];
      asked.push(fromHeight);
      const block = { height: TIP, hash: hashOf(TIP, branch), parentHash: hashOf(TIP - 1) };
      const isMade = branch === 1 && fromHeight <= TIP && TIP <= toHeight;
      return isMade ? [logOf(block, 0, young.address, "Made()", [], [])] : [];
    },
  };
  const factories = [
    { factory: young, fromHeight: TIP - 3 },
    { factory: old, fromHeight: 0 },
  ];
  const discovery = new PoolDiscovery(factories, { blocksMax: 8 }, client);
  const head = () => ({ height: TIP, hash: hashOf(TIP, branch) });
  expect(await discovery.reach(head())).toBe(false);
  expect(await discovery.reach(head())).toBe(false);
  expect([...discovery.sources]).toEqual([]);
  expect(asked).toEqual([TIP - 3]);
  branch = 1;
  for (let call = 0; call < 9; call += 1) await discovery.reach(head());
  expect(await discovery.reach(head())).toBe(true);
  expect([...discovery.sources]).toEqual([{ address: POOL }]);
  expect(asked).toEqual([TIP - 3, TIP - 3]);
  for (branch = 2; branch < 9; branch += 1) await discovery.reach({ height: TIP + 99, hash: hashOf(branch) });
  expect(asked.slice(2)).toEqual([TIP - 3, ...Array(6).fill(TIP + 92)]);
});
