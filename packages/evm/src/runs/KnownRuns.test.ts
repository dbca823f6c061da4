import type { Address, BlockInput, BlockResult, Hash, SignedBy } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine } from "../createEvm.ts";
import type { Engine } from "../engine/Engine.ts";
import { runBlock } from "../runBlock.ts";
import {
  ALICE,
  blockInput,
  COIN,
  CONTRACT,
  code,
  contractState,
  MINER,
  OTHER,
  random,
  stateOf,
  transaction,
} from "../testing/testState.ts";
import { KnownRuns } from "./KnownRuns.ts";

const byte = (value: number): string => value.toString(16).padStart(2, "0");
const MINERS: readonly Address[] = [MINER, `0x${"12".repeat(20)}`, OTHER, CONTRACT, ALICE];
const plain = createEngine({ random });
const knowing = createEngine({ random });

function run(engine: Engine, input: BlockInput, knownRuns?: KnownRuns): BlockResult {
  engine.setState(input.state);
  return runBlock(engine, input, knownRuns && { knownRuns });
}

function counting(gasMin = 0n) {
  const repeats = { count: 0 };
  const known = new KnownRuns({ gasMin });
  const knownRuns = {
    keep: (...given: Parameters<KnownRuns["keep"]>) => known.keep(...given),
    repeat(...given: Parameters<KnownRuns["repeat"]>) {
      const receipt = known.repeat(...given);
      if (receipt !== undefined) repeats.count++;
      return receipt;
    },
  } as KnownRuns;
  return { repeats, knownRuns };
}

function minedBy(input: BlockInput, miner: Address, seconds = 0n): BlockInput {
  return {
    ...input,
    context: { ...input.context, timestamp: input.context.timestamp + seconds },
    carriers: input.carriers.map((carrier) => ({ ...carrier, coinbase: miner, tipRecipient: miner })),
  };
}

const EMPTY: Address = `0x${"99".repeat(20)}`;
const OF_OTHER = OTHER.slice(2);
const LOOKING = [
  ...[
    "3031",
    "3231",
    "3331",
    `73${"12".repeat(20)}31`,
    `73${"11".repeat(20)}3b`,
    "47",
    "48",
    "3a",
    "5f54",
    "60015454",
  ],
  ...["6001545f55", "5a5f55", "5f5f55", "60015f55", "3031600155", "475f55", "60015f5d5f5c5f55", "3d5f5f3e"],
  ...[
    "5f5f5f5f6001335af1",
    "5f5f5f5f5f335af1",
    `5f5f5f5f600173${OF_OTHER}5af1`,
    `5f5f5f5f5f73${OF_OTHER}5af1`,
  ],
  ...[
    `5f5f5f5f73${OF_OTHER}5af4`,
    `5f5f5f5f5f73${"99".repeat(20)}5af1`,
    `73${OF_OTHER}3f5f55`,
    "5f5fa0",
    "60205fa0",
  ],
];
const PECULIAR = [
  "4131",
  "41",
  "42",
  "43",
  "44",
  "45",
  "5f40",
  "6001430340",
  "425f55",
  "5f5f5ff0",
  "33ff",
  "30ff",
];
const ENDS = ["5f5ffd", "fe", "00", "60015ff3"];
const program = fc
  .array(
    fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom(...LOOKING) },
      { weight: 6, arbitrary: fc.constantFrom("50", "80", "01", "5f", "20") },
      { weight: 1, arbitrary: fc.constantFrom(...PECULIAR) },
      { weight: 1, arbitrary: fc.constantFrom(...ENDS) },
    ),
    { maxLength: 12 },
  )
  .map((pieces) => code(...pieces));
const call = fc.record({
  to: fc.constantFrom<Address | null>(CONTRACT, CONTRACT, CONTRACT, OTHER, MINER, ALICE, EMPTY, null),
  value: fc.constantFrom(0n, 0n, 1n, COIN),
  data: fc.oneof(fc.constant(new Uint8Array(0)), program),
  gasLimit: fc.constantFrom(80_000n, 200_000n, 500_000n),
});
const slots = fc.dictionary(
  fc.constantFrom(...[0, 1, 5].map((slot): Hash => `0x${slot.toString(16).padStart(64, "0")}`)),
  fc.constantFrom(1n, 7n),
  { noNullPrototype: true },
);
const accounts = fc.record({
  nonce: fc.constantFrom(0n, 0n, 0n, 1n),
  slots,
  code: program,
  otherCode: program,
  otherNonce: fc.constantFrom(1n, 1n, 2n),
  hasEmpty: fc.boolean(),
});

function stateWith(given: typeof accounts extends fc.Arbitrary<infer Given> ? Given : never) {
  return stateOf({
    [ALICE]: { balance: 1_000n * COIN, nonce: given.nonce },
    [CONTRACT]: { nonce: 1n, balance: COIN, code: given.code, slots: given.slots },
    [OTHER]: { nonce: given.otherNonce, balance: 5n, code: given.otherCode },
    ...(given.hasEmpty ? { [EMPTY]: {} } : {}),
  });
}

describe("EVM-20: cache of results of large transactions", () => {
  it("equals execution, for any transactions, miners and earlier ones", () => {
    let repeated = 0;
    fc.assert(
      fc.property(
        fc.tuple(accounts, accounts),
        fc.constantFrom("nonce", "slots", "code", "otherCode", "otherNonce", "hasEmpty"),
        fc.array(call, { minLength: 1, maxLength: 4 }),
        fc.tuple(fc.constantFrom(...MINERS), fc.constantFrom(...MINERS)),
        fc.record({
          seconds: fc.constantFrom(0n, 0n, 1n),
          fee: fc.constantFrom(0n, 1n, 7n),
          skipped: fc.nat({ max: 3 }),
        }),
        ([first, second], changed, calls, [miner, otherMiner], { seconds, fee, skipped }) => {
          const { repeats, knownRuns } = counting();
          const states = [first, { ...first, [changed]: second[changed] }].map(stateWith);
          const transactions: SignedBy[] = calls.map((fields, index) =>
            transaction({ ...fields, nonce: first.nonce + BigInt(index), maxFeePerGas: COIN / 1_000_000n }),
          );
          const input = blockInput(states[0]!, transactions);
          const { context } = input;
          const blocks = [
            minedBy(input, miner),
            minedBy(input, otherMiner, seconds),
            minedBy({ ...input, state: states[1]! }, miner),
            minedBy(blockInput(states[0]!, transactions.slice(skipped)), otherMiner),
            minedBy({ ...input, context: { ...context, baseFee: context.baseFee + fee } }, otherMiner),
          ];
          for (const block of blocks) {
            expect(run(knowing, block, knownRuns)).toEqual(run(plain, block));
          }
          repeated += repeats.count;
        },
      ),
      { numRuns: 2_000 },
    );
    expect(repeated).toBeGreaterThan(2_000);
  });

  const loops = code("5b5f545060016000", "55", "62030d405a1160005700");
  const state = stateOf({ [ALICE]: { balance: COIN }, [CONTRACT]: { nonce: 1n, code: loops } });
  const large = (gasLimit: bigint) => [transaction({ to: CONTRACT, gasLimit })];

  it("stores only large ones", () => {
    for (const [gasLimit, count] of [
      [900_000n, 0],
      [5_000_000n, 1],
    ] as const) {
      const { repeats, knownRuns } = counting(1_000_000n);
      const input = blockInput(state, large(gasLimit));
      for (let i = 0; i < 2; i++) run(knowing, input, knownRuns);
      expect(repeats.count).toBe(count);
    }
  });

  it("executes creations again", () => {
    const { repeats, knownRuns } = counting();
    const input = blockInput(state, [transaction({ to: null, data: code("60015ff3"), gasLimit: 100_000n })]);
    const nothing = blockInput(state, [transaction({ to: null, data: code("00"), gasLimit: 100_000n })]);
    for (const block of [input, input, nothing, nothing]) {
      expect(run(knowing, block, knownRuns)).toEqual(run(plain, block));
    }
    expect(repeats.count).toBe(0);
  });

  it("CALL_TOO_LARGE: a full table loses no change", () => {
    const { repeats, knownRuns } = counting();
    const looks = code(
      Array.from({ length: 10 }, (_, index) => `60${(index + 64).toString(16)}3150`).join(""),
    );
    const input = blockInput(contractState(looks), [transaction({ to: CONTRACT, gasLimit: 100_000n })]);
    const small = createEngine({ random, limits: { accounts: 8 } });
    run(knowing, input, knownRuns);
    expect(() => run(small, input, knownRuns)).toThrow(
      expect.objectContaining({
        code: "CALL_TOO_LARGE",
        facts: expect.objectContaining({ reason: "engine limit" }),
      }),
    );
    expect(repeats.count).toBe(0);
  });

  it("executes a transaction again that does not fit the budget", () => {
    const { repeats, knownRuns } = counting();
    const input = blockInput(state, large(5_000_000n));
    run(knowing, input, knownRuns);
    const tight = {
      ...input,
      carriers: input.carriers.map((carrier) => ({ ...carrier, gasLimit: 4_999_999n })),
    };
    expect(run(knowing, tight, knownRuns)).toEqual(run(plain, tight));
    expect(repeats.count).toBe(0);
  });

  it.each([
    ["nothing", "", 1],
    ["GASPRICE", "3a50", 0],
    ["BASEFEE", "4850", 0],
    ["the sender's BALANCE", "333150", 0],
    ["another BALANCE", "303150", 1],
  ])("reuses or executes at another base fee a transaction that read %s", (_, asks, count) => {
    const asking = code(asks, "5b5f545060016000", "55", "62030d405a11", `60${byte(asks.length / 2)}57`, "00");
    const asked = stateOf({ [ALICE]: { balance: COIN }, [CONTRACT]: { nonce: 1n, code: asking } });
    const input = blockInput(asked, large(2_000_000n));
    const { repeats, knownRuns } = counting(1_000_000n);
    run(knowing, input, knownRuns);
    const { maxFeePerGas } = large(0n)[0]!.transaction;
    for (const baseFee of [input.context.baseFee + 1n, maxFeePerGas, maxFeePerGas + 1n]) {
      const dearer = { ...input, context: { ...input.context, baseFee } };
      expect(run(knowing, dearer, knownRuns)).toEqual(run(plain, dearer));
    }
    expect(repeats.count).toBe(2 * count);
  });
});
