import type { Hex } from "@trellis/base";
import { poolErrors } from "../errors.ts";
import type { PoolAddress } from "../Pool.ts";
import { encodeWord, wordsOf } from "./abi.ts";
import type { PoolCaller, ReadOptions } from "./PoolSource.ts";

export interface PoolCall {
  readonly to: PoolAddress;
  readonly data: Hex;
}

const CONCURRENT_MAX = 16;
/** A call uses a few thousand gas; nodes allow tens of millions per batch. */
const BATCH_MAX = 400;

/** Undefined for a revert. */
export async function callMany(
  caller: PoolCaller,
  calls: readonly PoolCall[],
  { blockHash, multicall }: ReadOptions,
): Promise<(Hex | undefined)[]> {
  if (multicall === undefined) return inTurns(calls, ({ to, data }) => caller.call(to, data, blockHash));
  const batches = Array.from({ length: Math.ceil(calls.length / BATCH_MAX) }, (_, batch) =>
    calls.slice(batch * BATCH_MAX, (batch + 1) * BATCH_MAX),
  );
  const answers = await inTurns(batches, async (batch) => {
    const answer = await caller.call(multicall, encodeAggregate(batch), blockHash);
    return decodeAggregate(answer, batch.length, multicall);
  });
  return answers.flat();
}

async function inTurns<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let at = 0; at < items.length; at += CONCURRENT_MAX)
    answers.push(...(await Promise.all(items.slice(at, at + CONCURRENT_MAX).map(ask))));
  return answers;
}

/** aggregate3((address target, bool allowFailure, bytes callData)[]) */
const AGGREGATE = "0x82ad56cb";

function encodeAggregate(calls: readonly PoolCall[]): Hex {
  const tuples = calls.map(({ to, data }) => {
    const length = data.length / 2 - 1;
    const padded = data.slice(2).padEnd(Math.ceil(length / 32) * 64, "0");
    // target, allowFailure, offset of callData, its length
    return [BigInt(to), 1n, 96n, BigInt(length)].map(encodeWord).join("") + padded;
  });
  let offset = BigInt(tuples.length * 32);
  const offsets = tuples.map((tuple) => {
    const at = encodeWord(offset);
    offset += BigInt(tuple.length / 2);
    return at;
  });
  return `${AGGREGATE}${encodeWord(32n)}${encodeWord(BigInt(tuples.length))}${offsets.join("")}${tuples.join("")}` as Hex;
}

/** @param answer (bool success, bytes returnData)[] */
function decodeAggregate(
  answer: Hex | undefined,
  count: number,
  multicall: PoolAddress,
): (Hex | undefined)[] {
  const words = wordsOf(answer ?? "0x");
  const unreadable = () => poolErrors.POOL_UNREADABLE({ pool: multicall, reason: "no multicall's answer" });
  if (answer === undefined || words[0] !== 32n || words[1] !== BigInt(count)) throw unreadable();
  return Array.from({ length: count }, (_, place) => {
    const start = wordAt(words, 2 + place);
    if (start === undefined) throw unreadable();
    const tuple = 2 + start;
    const length = words[tuple + 2];
    if (length === undefined || words[tuple + 1] !== 64n) throw unreadable();
    const from = 2 + (tuple + 3) * 64;
    const data: Hex = `0x${answer.slice(from, from + 2 * Number(length))}`;
    if (BigInt(data.length / 2 - 1) !== length) throw unreadable();
    return words[tuple] === 1n ? data : undefined;
  });
}

function wordAt(words: readonly bigint[], place: number): number | undefined {
  const offset = words[place];
  if (offset === undefined || offset % 32n !== 0n || offset > BigInt(words.length * 32)) return undefined;
  return Number(offset / 32n);
}
