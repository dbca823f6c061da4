import { CROSS_LINKS_MAX, type Hash, SOURCES_MAX } from "@trellis/protocol";

/** At a block's selected parent, with the counters that the block proves. */
export interface SourceQueue {
  readonly source: number;
  /** Whether the block's anchor has a newer cross-link than the inbox. [SHARD-12.1] */
  readonly isBehind: boolean;
  /** Known and undelivered messages. */
  readonly due: number;
  /** Whether the block may leave out messages. [SHARD-12.4] */
  readonly isStalled: boolean;
}

export interface InclusionOptions {
  /** Of a carrier. */
  readonly gasLimit: bigint;
  readonly shardCount: number;
  /** Of the selected parent: decides whose turn is first. */
  readonly parent: Hash;
}

/** By source with a batch: gas of each message, in order. */
export type CarriedGas = ReadonlyMap<number, readonly bigint[]>;

type InclusionFault =
  | "too many newer cross-links"
  | "newer cross-link without a batch"
  | "batch of a source without a turn"
  | "batch without a reason"
  | "more messages than due"
  | "message out of turn"
  | "too much gas for messages"
  | "too few messages";

/** [SHARD-12.3] */
export function messageGasBounds(gasLimit: bigint): { readonly min: bigint; readonly max: bigint } {
  return { min: gasLimit / 5n, max: (gasLimit * 2n) / 5n };
}

/** Sources that can have a batch: those with newer cross-links, then others with due messages. [SHARD-12.2] */
export function sourcesOfTurn(queues: readonly SourceQueue[], options: InclusionOptions): SourceQueue[] {
  const ordered = inTurn(queues, options);
  const behind = ordered.filter(({ isBehind }) => isBehind);
  const others = ordered.filter(({ isBehind, due }) => !isBehind && due > 0);
  return [...behind, ...others].slice(0, SOURCES_MAX);
}

/** Sources of all due messages: one message of each source in turn. [SHARD-12.2] */
export function* dueOrder(queues: readonly SourceQueue[], options: InclusionOptions): Generator<number> {
  let waiting = inTurn(queues, options).filter(({ due }) => due > 0);
  for (let round = 1; waiting.length > 0; round++) {
    for (const { source } of waiting) yield source;
    waiting = waiting.filter(({ due }) => due > round);
  }
}

/**
 * What a producer carries: the fewest messages that the rule permits. Undefined if messages of a source that is not
 * stalled are missing: no valid block can be built with this anchor until they arrive.
 * @param gasOf gas of a source's due message by position; undefined if its data is missing
 */
export function selectMessages(
  queues: readonly SourceQueue[],
  options: InclusionOptions,
  gasOf: (source: number, position: number) => bigint | undefined,
): CarriedGas | undefined {
  const sources = sourcesOfTurn(queues, options).map((queue) =>
    queue.isStalled ? { ...queue, due: countAvailable(queue, gasOf) } : queue,
  );
  const carried = new Map<number, bigint[]>();
  for (const { source, isBehind } of sources) if (isBehind) carried.set(source, []);
  const { min } = messageGasBounds(options.gasLimit);
  let total = 0n;
  for (const source of dueOrder(sources, options)) {
    if (total >= min) break;
    const messages = carried.get(source) ?? [];
    const gas = gasOf(source, messages.length);
    if (gas === undefined) return undefined;
    carried.set(source, [...messages, gas]);
    total += gas;
  }
  return carried;
}

/**
 * Undefined if a block may carry these batches, and needs no more. Counts suffice: a verifier need not have the
 * messages that the block does not carry. [SHARD-12]
 */
export function findInclusionFault(
  queues: readonly SourceQueue[],
  carried: CarriedGas,
  options: InclusionOptions,
): InclusionFault | undefined {
  const behind = queues.filter(({ isBehind }) => isBehind);
  if (behind.length > CROSS_LINKS_MAX) return "too many newer cross-links";
  if (behind.some(({ source }) => !carried.has(source))) return "newer cross-link without a batch";
  const sources = sourcesOfTurn(queues, options);
  const countOf = (source: number): number => carried.get(source)?.length ?? 0;
  const turnOf = new Map(sources.map((queue) => [queue.source, queue]));
  for (const [source, messages] of carried) {
    const queue = turnOf.get(source);
    if (queue === undefined) return "batch of a source without a turn";
    if (messages.length === 0 && !queue.isBehind) return "batch without a reason";
    if (messages.length > queue.due) return "more messages than due";
  }
  const gases = [...carried.values()].flat();
  const total = gases.reduce((gas, each) => gas + each, 0n);
  const { min, max } = messageGasBounds(options.gasLimit);
  const order = dueOrder(
    sources.map((queue) => (queue.isStalled ? { ...queue, due: countOf(queue.source) } : queue)),
    options,
  );
  const counts = new Map<number, number>();
  for (const source of take(order, gases.length)) counts.set(source, (counts.get(source) ?? 0) + 1);
  if (sources.some(({ source }) => countOf(source) !== (counts.get(source) ?? 0)))
    return "message out of turn";
  if (total > max) return "too much gas for messages";
  return total < min && order.next().done !== true ? "too few messages" : undefined;
}

/** [SHARD-12.2] */
export function inTurn<T extends SourceQueue>(
  queues: readonly T[],
  { parent, shardCount }: InclusionOptions,
): T[] {
  // Equal chances for each shard, so that none is always last.
  const first = Number.parseInt(parent.slice(-8), 16) % shardCount;
  const turnOf = ({ source }: SourceQueue): number => (source + shardCount - first) % shardCount;
  return queues.toSorted((a, b) => turnOf(a) - turnOf(b));
}

function countAvailable(
  { source, due }: SourceQueue,
  gasOf: (source: number, position: number) => bigint | undefined,
): number {
  let count = 0;
  while (count < due && gasOf(source, count) !== undefined) count++;
  return count;
}

/** Unlike a loop that breaks, does not end the generator. */
function* take<T>(items: Generator<T>, count: number): Generator<T> {
  for (let index = 0; index < count; index++) {
    const item = items.next();
    if (item.done === true) return;
    yield item.value;
  }
}
