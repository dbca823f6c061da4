import { MESSAGE_GAS } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CarriedMessage,
  dueOrder,
  findInclusionFault,
  type InclusionTerms,
  messageGasBounds,
  type SourceQueue,
  selectMessages,
} from "./dueMessages.ts";

const NONE: ReadonlySet<number> = new Set();
const terms: InclusionTerms = { gasLimit: 30_000_000n, number: 0, shardCount: 5 };
const queue = (source: number, due: number, canBeOmitted = false): SourceQueue => ({
  source,
  due,
  canBeOmitted,
});
const carriedOf = (sources: readonly number[], gas = 200_000n): CarriedMessage[] =>
  sources.map((source) => ({ source, gas }));

const anyQueues = fc.integer({ min: 2, max: 12 }).chain((shardCount) =>
  fc.record({
    shardCount: fc.constant(shardCount),
    own: fc.nat(shardCount - 1),
    dues: fc.array(fc.oneof(fc.nat(3), fc.nat(60)), { minLength: shardCount, maxLength: shardCount }),
    number: fc.nat(),
    gasLimit: fc.bigInt(5_000_000n, 100_000_000n),
    gas: fc.array(fc.bigInt(MESSAGE_GAS.fixed, MESSAGE_GAS.max), { minLength: 1, maxLength: 20 }),
  }),
);
type Given = typeof anyQueues extends fc.Arbitrary<infer Value> ? Value : never;

function open({ shardCount, own, dues, number, gasLimit, gas }: Given) {
  const queues = dues.flatMap((due, source) => (source === own ? [] : [queue(source, due)]));
  const given = { gasLimit, number, shardCount };
  const gasOf = (source: number, position: number) => gas[(source * 7 + position) % gas.length]!;
  return { queues, terms: given, gasOf, selected: selectMessages(queues, given, gasOf) };
}

const totalGas = (carried: readonly CarriedMessage[]) => carried.reduce((sum, { gas }) => sum + gas, 0n);

describe("SHARD-12.1: order", () => {
  it("one message of each source in turn; the number of the block rotates the first", () => {
    const queues = [queue(0, 1), queue(2, 3), queue(3, 2), queue(4, 0)];
    expect([...dueOrder(queues, terms)]).toEqual([0, 2, 3, 2, 3, 2]);
    expect([...dueOrder(queues, { ...terms, number: 3 })]).toEqual([3, 0, 2, 3, 2, 2]);
    expect([...dueOrder(queues, { ...terms, number: 6 })]).toEqual([2, 3, 0, 2, 3, 2]);
    expect([...dueOrder([], terms)]).toEqual([]);
  });

  it("contains each due message once, however the queues are listed", () => {
    fc.assert(
      fc.property(anyQueues, (given) => {
        const { queues, terms: those } = open(given);
        const order = [...dueOrder(queues, those)];
        for (const { source, due } of queues)
          expect(order.filter((each) => each === source)).toHaveLength(due);
        expect([...dueOrder(queues.toReversed(), those)]).toEqual(order);
      }),
    );
  });

  it("a busy source does not delay others: each has had a turn before any has a second more", () => {
    const order = dueOrder([queue(1, 1_000_000), queue(2, 2)], terms);
    expect(Array.from({ length: 6 }, () => order.next().value)).toEqual([1, 2, 1, 2, 1, 1]);
  });
});

describe("SHARD-12.2: gas", () => {
  it("SHARD-6: the largest message fits between the bounds of the lowest gas limit", () => {
    const { min, max } = messageGasBounds(5_000_000n);
    expect(min).toBe(MESSAGE_GAS.max);
    expect(max - min).toBe(MESSAGE_GAS.max);
  });

  it("the selection of a producer satisfies the rule, and no shorter one does", () => {
    fc.assert(
      fc.property(anyQueues, (given) => {
        const { queues, terms: those, selected } = open(given);
        expect(findInclusionFault(queues, selected, NONE, those)).toBeUndefined();
        expect(totalGas(selected)).toBeLessThanOrEqual(messageGasBounds(those.gasLimit).max);
        if (selected.length > 0)
          expect(findInclusionFault(queues, selected.slice(0, -1), NONE, those)).toBe("too few messages");
      }),
      { numRuns: 500 },
    );
  });

  it("blocks that follow the rule deliver everything", () => {
    fc.assert(
      fc.property(anyQueues, (given) => {
        let { queues } = open(given);
        const due = () => queues.reduce((sum, each) => sum + each.due, 0);
        for (let number = 0; due() > 0; number++) {
          expect(number).toBeLessThan(700);
          const chosen = selectMessages(queues, { ...open(given).terms, number }, () => MESSAGE_GAS.max);
          const count = (source: number) => chosen.filter((each) => each.source === source).length;
          queues = queues.map((each) => ({ ...each, due: each.due - count(each.source) }));
        }
      }),
      { numRuns: 50 },
    );
  });

  it("too few messages: less than a fifth, while more are due", () => {
    const queues = [queue(1, 100)];
    const fault = (count: number, gas: bigint) =>
      findInclusionFault(queues, carriedOf(Array(count).fill(1), gas), NONE, terms);
    expect(fault(5, 1_000_000n)).toBe("too few messages");
    expect(fault(6, 1_000_000n)).toBeUndefined();
    expect(fault(100, 50_000n)).toBeUndefined();
    expect(fault(99, 50_000n)).toBe("too few messages");
    expect(fault(0, 0n)).toBe("too few messages");
  });

  it("too much gas for messages: more than two fifths", () => {
    const queues = [queue(1, 100)];
    const fault = (count: number, gas: bigint) =>
      findInclusionFault(queues, carriedOf(Array(count).fill(1), gas), NONE, terms);
    expect(fault(12, 1_000_000n)).toBeUndefined();
    expect(fault(12, 1_000_001n)).toBe("too much gas for messages");
  });

  it("message out of turn; more messages than due", () => {
    const queues = [queue(1, 2), queue(2, 1)];
    const fault = (sources: readonly number[]) => findInclusionFault(queues, carriedOf(sources), NONE, terms);
    expect(fault([1, 2, 1])).toBeUndefined();
    expect(fault([2, 1, 1])).toBe("message out of turn");
    expect(fault([1, 1, 2])).toBe("message out of turn");
    expect(fault([1, 2, 1, 1])).toBe("more messages than due");
    expect(fault([3])).toBe("message out of turn");
  });
});

describe("SHARD-12.3: missing data", () => {
  const queues = [queue(1, 2), queue(2, 1, true)];

  it("only a stalled source can be omitted", () => {
    const fault = (sources: readonly number[], omitted: readonly number[]) =>
      findInclusionFault(queues, carriedOf(sources), new Set(omitted), terms);
    expect(fault([1, 1], [2])).toBeUndefined();
    expect(fault([1, 2, 1], [])).toBeUndefined();
    expect(fault([1, 1], [])).toBe("message out of turn");
    expect(fault([2], [1])).toBe("omission of a source that is not stalled");
    expect(fault([1, 2, 1], [2])).toBe("message out of turn");
  });

  it("a selection ends at the first missing message", () => {
    const selected = selectMessages(queues, terms, (source, position) =>
      source === 1 && position === 1 ? undefined : 200_000n,
    );
    expect(selected.map(({ source }) => source)).toEqual([1, 2]);
    expect(findInclusionFault(queues, selected, NONE, terms)).toBe("too few messages");
  });
});
