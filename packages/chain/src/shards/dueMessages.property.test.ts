import { CROSS_LINKS_MAX, type Hash, MESSAGE_GAS, SOURCES_MAX } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CarriedGas,
  dueOrder,
  findInclusionFault,
  type InclusionOptions,
  messageGasBounds,
  type SourceQueue,
  selectMessages,
  sourcesOfTurn,
} from "./dueMessages.ts";

/** A selected parent that gives shard `first` the first turn. */
const parentOf = (first: number): Hash => `0x${first.toString(16).padStart(64, "0")}`;
const options: InclusionOptions = { gasLimit: 30_000_000n, parent: parentOf(0), shardCount: 5 };
const queue = (source: number, due: number, fields: Partial<SourceQueue> = {}): SourceQueue => ({
  source,
  isBehind: false,
  due,
  isStalled: false,
  ...fields,
});
const carriedOf = (counts: Readonly<Record<number, number>>, gas = 200_000n): CarriedGas =>
  new Map(Object.entries(counts).map(([source, count]) => [Number(source), Array(count).fill(gas)]));
const countsOf = (carried: CarriedGas | undefined) =>
  Object.fromEntries([...carried!].map(([source, messages]) => [source, messages.length]));

const anyQueues = fc.integer({ min: 2, max: 60 }).chain((shardCount) =>
  fc.record({
    shardCount: fc.constant(shardCount),
    own: fc.nat(shardCount - 1),
    dues: fc.array(
      fc.record({
        due: fc.oneof(fc.nat(3), fc.nat(60)),
        isBehind: fc.boolean(),
        isStalled: fc.nat(5).map((pick) => pick === 0),
        available: fc.nat(10),
      }),
      { minLength: shardCount, maxLength: shardCount },
    ),
    first: fc.nat(1_000),
    gasLimit: fc.bigInt(5_000_000n, 100_000_000n),
    gas: fc.array(fc.bigInt(MESSAGE_GAS.fixed, MESSAGE_GAS.max), { minLength: 1, maxLength: 20 }),
  }),
);
type Given = typeof anyQueues extends fc.Arbitrary<infer Value> ? Value : never;

function open({ shardCount, own, dues, first, gasLimit, gas }: Given) {
  let behind = 0;
  const queues = dues.flatMap(({ due, isBehind, isStalled }, source) => {
    if (source === own) return [];
    return [queue(source, due, { isBehind: isBehind && behind++ < CROSS_LINKS_MAX, isStalled })];
  });
  const given = { gasLimit, parent: parentOf(first), shardCount };
  /** Data of a stalled source can be missing. */
  const gasOf = (source: number, position: number) => {
    const { isStalled, available } = dues[source]!;
    return isStalled && position >= available ? undefined : gas[(source * 7 + position) % gas.length]!;
  };
  return { queues, options: given, gasOf, selected: selectMessages(queues, given, gasOf)! };
}

const totalGas = (carried: CarriedGas) => [...carried.values()].flat().reduce((sum, gas) => sum + gas, 0n);

describe("SHARD-12.1: newer cross-links", () => {
  it("newer cross-link without a batch; batch without a reason", () => {
    const queues = [queue(1, 0, { isBehind: true }), queue(2, 0)];
    const fault = (counts: Readonly<Record<number, number>>) =>
      findInclusionFault(queues, carriedOf(counts), options);
    expect(fault({ 1: 0 })).toBeUndefined();
    expect(fault({})).toBe("newer cross-link without a batch");
    expect(fault({ 1: 0, 2: 0 })).toBe("batch of a source without a turn");
    expect(findInclusionFault([queue(1, 1)], carriedOf({ 1: 0 }), options)).toBe("batch without a reason");
    expect(selectMessages(queues, options, () => undefined)).toEqual(carriedOf({ 1: 0 }));
  });

  it("too many newer cross-links: more than a block of shard 0 records", () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => queue(index + 1, 0, { isBehind: true }));
    const fault = (count: number) => {
      const queues = many(count);
      const batches = new Map(queues.map(({ source }) => [source, []]));
      return findInclusionFault(queues, batches, { ...options, shardCount: 256 });
    };
    expect(fault(CROSS_LINKS_MAX)).toBeUndefined();
    expect(fault(CROSS_LINKS_MAX + 1)).toBe("too many newer cross-links");
  });
});

describe("SHARD-12.2: turns", () => {
  it("one message of each source in turn; the selected parent decides the first", () => {
    const queues = [queue(0, 1), queue(2, 3), queue(3, 2), queue(4, 0)];
    const order = (first: number) => [...dueOrder(queues, { ...options, parent: parentOf(first) })];
    expect(order(0)).toEqual([0, 2, 3, 2, 3, 2]);
    expect(order(3)).toEqual([3, 0, 2, 3, 2, 2]);
    expect(order(6)).toEqual([2, 3, 0, 2, 3, 2]);
    expect([...dueOrder([], options)]).toEqual([]);
  });

  it("sources with newer cross-links come before others, which change with the selected parent", () => {
    const shardCount = 200;
    const queues = Array.from({ length: shardCount - 1 }, (_, index) =>
      queue(index + 1, 1, { isBehind: index % 20 === 0 }),
    );
    const seen = new Set<number>();
    for (let first = 0; first < shardCount; first++) {
      const sources = sourcesOfTurn(queues, { ...options, shardCount, parent: parentOf(first) });
      expect(sources).toHaveLength(SOURCES_MAX);
      expect(sources.filter(({ isBehind }) => isBehind)).toHaveLength(10);
      for (const { source } of sources) seen.add(source);
    }
    expect(seen.size).toBe(shardCount - 1);
  });

  it("contains each due message once, however the queues are listed", () => {
    fc.assert(
      fc.property(anyQueues, (given) => {
        const { queues, options: those } = open(given);
        const order = [...dueOrder(queues, those)];
        for (const { source, due } of queues)
          expect(order.filter((each) => each === source)).toHaveLength(due);
        expect([...dueOrder(queues.toReversed(), those)]).toEqual(order);
        expect(sourcesOfTurn(queues.toReversed(), those)).toEqual(sourcesOfTurn(queues, those));
      }),
    );
  });

  it("a busy source does not delay others: each has had a turn before any has a second more", () => {
    const order = dueOrder([queue(1, 1_000_000), queue(2, 2)], options);
    expect(Array.from({ length: 6 }, () => order.next().value)).toEqual([1, 2, 1, 2, 1, 1]);
  });

  it("message out of turn; more messages than due; batch of a source without a turn", () => {
    const queues = [queue(1, 2), queue(2, 1)];
    const fault = (counts: Readonly<Record<number, number>>, gas = 200_000n) =>
      findInclusionFault(queues, carriedOf(counts, gas), options);
    expect(fault({ 1: 2, 2: 1 })).toBeUndefined();
    expect(fault({ 1: 1, 2: 1 }, 3_000_000n)).toBeUndefined();
    expect(fault({ 1: 2 }, 3_000_000n)).toBe("message out of turn");
    expect(fault({ 2: 1 }, 6_000_000n)).toBe("message out of turn");
    expect(fault({ 1: 3, 2: 1 })).toBe("more messages than due");
    expect(fault({ 1: 2, 2: 1, 3: 1 })).toBe("batch of a source without a turn");
  });
});

describe("SHARD-12.3: gas", () => {
  it("SHARD-6: the largest message fits between the bounds of the lowest gas limit", () => {
    const { min, max } = messageGasBounds(5_000_000n);
    expect(min).toBe(MESSAGE_GAS.max);
    expect(max - min).toBe(MESSAGE_GAS.max);
  });

  it("the selection of a producer satisfies the rule, and no shorter one does", () => {
    fc.assert(
      fc.property(anyQueues, (given) => {
        const { queues, options: those, selected } = open(given);
        expect(findInclusionFault(queues, selected, those)).toBeUndefined();
        expect(totalGas(selected)).toBeLessThanOrEqual(messageGasBounds(those.gasLimit).max);
        expect(selected.size).toBeLessThanOrEqual(SOURCES_MAX);
        const isStalled = new Map(queues.map((each) => [each.source, each.isStalled]));
        for (const [source, messages] of selected) {
          if (messages.length === 0 || isStalled.get(source) === true) continue;
          const shorter = new Map([...selected, [source, messages.slice(0, -1)]]);
          expect(findInclusionFault(queues, shorter, those)).toBeDefined();
        }
      }),
      { numRuns: 500 },
    );
  });

  it("blocks that follow the rule deliver everything", () => {
    fc.assert(
      fc.property(anyQueues, fc.nat(), (given, salt) => {
        let { queues } = open(given);
        queues = queues.map((each) => ({ ...each, isStalled: false }));
        const due = () => queues.reduce((sum, each) => sum + each.due, 0);
        for (let number = 0; due() > 0; number++) {
          expect(number).toBeLessThan(4_000);
          const those = { ...open(given).options, parent: parentOf((salt + number * 7_919) % 2 ** 31) };
          const counts = countsOf(selectMessages(queues, those, () => MESSAGE_GAS.max));
          queues = queues.map((each) => ({ ...each, due: each.due - (counts[each.source] ?? 0) }));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("too few messages: less than a fifth, while more are due", () => {
    const queues = [queue(1, 100)];
    const fault = (count: number, gas: bigint) =>
      findInclusionFault(queues, carriedOf({ 1: count }, gas), options);
    expect(fault(5, 1_000_000n)).toBe("too few messages");
    expect(fault(6, 1_000_000n)).toBeUndefined();
    expect(fault(100, 50_000n)).toBeUndefined();
    expect(fault(99, 50_000n)).toBe("too few messages");
    expect(findInclusionFault(queues, new Map(), options)).toBe("too few messages");
  });

  it("too much gas for messages: more than two fifths", () => {
    const queues = [queue(1, 100)];
    const fault = (count: number, gas: bigint) =>
      findInclusionFault(queues, carriedOf({ 1: count }, gas), options);
    expect(fault(12, 1_000_000n)).toBeUndefined();
    expect(fault(12, 1_000_001n)).toBe("too much gas for messages");
  });
});

describe("SHARD-12.4: missing data", () => {
  const queues = [queue(1, 2), queue(2, 3, { isStalled: true })];

  it("any number of due messages of a stalled source is allowed, in turn", () => {
    const fault = (counts: Readonly<Record<number, number>>) =>
      findInclusionFault(queues, carriedOf(counts), options);
    for (const counts of [{ 1: 2 }, { 1: 2, 2: 1 }, { 1: 2, 2: 3 }]) expect(fault(counts)).toBeUndefined();
    expect(fault({ 1: 2, 2: 4 })).toBe("more messages than due");
    expect(fault({ 2: 3 })).toBe("message out of turn");
    expect(fault({ 1: 1, 2: 1 })).toBe("too few messages");
  });

  it("a producer carries what it has of a stalled source, and builds no block without the others", () => {
    const select = (available: Readonly<Record<number, number>>) =>
      selectMessages(queues, options, (source, position) =>
        position < available[source]! ? 200_000n : undefined,
      );
    expect(countsOf(select({ 1: 2, 2: 0 }))).toEqual({ 1: 2 });
    expect(countsOf(select({ 1: 2, 2: 1 }))).toEqual({ 1: 2, 2: 1 });
    expect(select({ 1: 1, 2: 3 })).toBeUndefined();
  });
});
