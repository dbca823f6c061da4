import { isTrellisError } from "@trellis/base";
import type { ChainClient } from "@trellis/client";
import { failing } from "@trellis/kit/fakeChain";
import fc from "fast-check";
import { expect, it } from "vitest";
import { AnchoringBench, REPLACE_AFTER_MS } from "./testing/AnchoringBench.ts";

const RECORDS = 3;
const METHODS: readonly (keyof ChainClient)[] = [
  "send",
  "receipt",
  "block",
  "blockHash",
  "call",
  "nextNonce",
  "estimateGas",
];

type Event =
  | {
      readonly do: "advance";
      readonly workers: number;
      readonly failing: keyof ChainClient | null;
      readonly from: number;
    }
  | { readonly do: "mine" }
  | { readonly do: "reorganise"; readonly depth: number; readonly forgets: boolean }
  | { readonly do: "forget" }
  | { readonly do: "wait" }
  | { readonly do: "baseFee"; readonly wei: number }
  | { readonly do: "finalize" };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      workers: fc.integer({ min: 1, max: 3 }),
      failing: fc.option(fc.constantFrom(...METHODS), { freq: 2 }),
      from: fc.integer({ min: 0, max: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ do: "mine" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("reorganise" as const),
      depth: fc.integer({ min: 1, max: 3 }),
      forgets: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "forget" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "wait" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("baseFee" as const), wei: fc.integer({ min: 1, max: 200 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "finalize" as const }) },
);

async function advance(bench: AnchoringBench, { workers, failing: method, from }: Event & { do: "advance" }) {
  const works = Array.from({ length: workers }, async () => {
    let asked = 0;
    const client = failing(bench.chain.client(), (name) => name === method && asked++ >= from);
    try {
      await bench.worker(client).anchoring.advance();
    } catch (error) {
      if (!isTrellisError(error) || error.consequence !== "retry") throw error;
    }
  });
  await Promise.all(works);
}

async function apply(bench: AnchoringBench, happens: Event): Promise<void> {
  const { chain } = bench;
  if (happens.do === "advance") await advance(bench, happens);
  if (happens.do === "mine") chain.mine();
  if (happens.do === "forget") chain.forget();
  if (happens.do === "wait") bench.nowMs += REPLACE_AFTER_MS;
  if (happens.do === "baseFee") chain.baseFeeWei = BigInt(happens.wei);
  if (happens.do === "finalize") chain.finalHeight = Math.max(chain.finalHeight, chain.head.height - 2);
  if (happens.do === "reorganise" && chain.head.height - happens.depth >= chain.finalHeight)
    chain.reorganise(happens.depth, happens);
}

it("ANCHOR-8 to ANCHOR-12: under any failures each record is published once, and no transaction is wasted", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
      const bench = new AnchoringBench();
      const { anchoring, sender } = bench.worker();
      await bench.request(RECORDS, anchoring);
      for (const happens of events) await apply(bench, happens);

      bench.chain.baseFeeWei = 10n;
      for (let block = 0; block < 20 && (await anchoring.advance()) > 0; block += 1) {
        bench.chain.mine();
        bench.nowMs += REPLACE_AFTER_MS;
        bench.finalizeHead();
      }
      expect(await bench.store.open(9)).toEqual([]);
      expect(await bench.chain.client().nextNonce(sender.address, "pending")).toBe(RECORDS);
      for (const { record } of bench.records.slice(0, RECORDS)) {
        const { inclusion } = (await bench.store.find(record.number))!;
        const receipt = await bench.chain.client().receipt(inclusion!.transactionHash);
        expect(receipt).toMatchObject({ isReverted: false, block: inclusion!.block });
      }
    }),
    {
      numRuns: 150,
      examples: [
        [
          [
            { do: "advance", workers: 1, failing: null, from: 0 },
            { do: "mine" },
            { do: "advance", workers: 1, failing: null, from: 0 },
            { do: "reorganise", depth: 1, forgets: false },
            { do: "wait" },
            { do: "advance", workers: 2, failing: null, from: 0 },
          ],
        ],
        [
          [
            { do: "advance", workers: 1, failing: null, from: 0 },
            { do: "mine" },
            { do: "mine" },
            { do: "advance", workers: 1, failing: null, from: 0 },
            { do: "mine" },
            { do: "finalize" },
            { do: "advance", workers: 2, failing: null, from: 0 },
          ],
        ],
      ],
    },
  );
});
