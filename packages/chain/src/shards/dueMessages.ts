/** At a block's selected parent, with the counters that the block proves. */
export interface SourceQueue {
  readonly source: number;
  /** Known and undelivered messages. */
  readonly due: number;
  /** True once the source's data has been missing for long enough. [SHARD-12.3] */
  readonly canBeOmitted: boolean;
}

export interface InclusionTerms {
  /** Of a carrier. */
  readonly gasLimit: bigint;
  /** The block's, which rotates the order. */
  readonly number: number;
  readonly shardCount: number;
}

/** Order and gas of a block's messages. */
export interface CarriedMessage {
  readonly source: number;
  readonly gas: bigint;
}

type InclusionFault =
  | "omission of a source that is not stalled"
  | "message out of turn"
  | "more messages than due"
  | "too much gas for messages"
  | "too few messages";

/** [SHARD-12] */
export function messageGasBounds(gasLimit: bigint): { readonly min: bigint; readonly max: bigint } {
  return { min: gasLimit / 5n, max: (gasLimit * 2n) / 5n };
}

/**
 * Sources of all due messages, in the order in which a block carries them: one message of each source in turn. The
 * block's number decides which source begins, so that none is always last. [SHARD-12.1]
 */
export function* dueOrder(queues: readonly SourceQueue[], terms: InclusionTerms): Generator<number> {
  const { number, shardCount } = terms;
  const turnOf = ({ source }: SourceQueue): number =>
    (source + shardCount - (number % shardCount)) % shardCount;
  let waiting = queues.filter(({ due }) => due > 0).sort((a, b) => turnOf(a) - turnOf(b));
  for (let round = 1; waiting.length > 0; round++) {
    for (const { source } of waiting) yield source;
    waiting = waiting.filter(({ due }) => due > round);
  }
}

/**
 * Messages that a producer carries: the fewest that the rule permits.
 * @param gasOf gas of a source's due message by position; undefined if its data is missing, which ends the list
 */
export function selectMessages(
  queues: readonly SourceQueue[],
  terms: InclusionTerms,
  gasOf: (source: number, position: number) => bigint | undefined,
): CarriedMessage[] {
  const { min } = messageGasBounds(terms.gasLimit);
  const carried: CarriedMessage[] = [];
  const positions = new Map<number, number>();
  let total = 0n;
  for (const source of dueOrder(queues, terms)) {
    if (total >= min) break;
    const position = positions.get(source) ?? 0;
    const gas = gasOf(source, position);
    if (gas === undefined) break;
    positions.set(source, position + 1);
    carried.push({ source, gas });
    total += gas;
  }
  return carried;
}

/**
 * Undefined if a block may carry these messages, and needs no more. Counts suffice: a verifier need not have the
 * messages that the block does not carry. [SHARD-12]
 */
export function findInclusionFault(
  queues: readonly SourceQueue[],
  carried: readonly CarriedMessage[],
  omitted: ReadonlySet<number>,
  terms: InclusionTerms,
): InclusionFault | undefined {
  if (queues.some(({ source, canBeOmitted }) => omitted.has(source) && !canBeOmitted))
    return "omission of a source that is not stalled";
  const { min, max } = messageGasBounds(terms.gasLimit);
  const order = dueOrder(
    queues.filter(({ source }) => !omitted.has(source)),
    terms,
  );
  let total = 0n;
  for (const { source, gas } of carried) {
    const turn = order.next();
    if (turn.done === true) return "more messages than due";
    if (turn.value !== source) return "message out of turn";
    total += gas;
  }
  if (total > max) return "too much gas for messages";
  return total < min && order.next().done !== true ? "too few messages" : undefined;
}
