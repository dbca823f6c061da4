interface Pairs {
  readonly pairStart: Int32Array;
  readonly pairFrom: Int32Array;
  readonly pairTo: Int32Array;
  readonly pairReverse: Int32Array;
  readonly pairSwapStart: Int32Array;
  readonly pairSwaps: Int32Array;
  readonly swapPair: Int32Array;
}

/** Linear time. Every pair has a reverse pair. */
export function pairUp(tokenCount: number, swapFrom: Int32Array, swapTo: Int32Array): Pairs {
  const byTo = countingSort(tokenCount, swapTo, Int32Array.from(swapTo.keys()));
  const pairSwaps = countingSort(tokenCount, swapFrom, byTo);
  const swapPair = new Int32Array(swapFrom.length);
  const starts: number[] = [];
  for (let at = 0; at < pairSwaps.length; at++) {
    const swap = pairSwaps[at]!;
    const before = at === 0 ? -1 : pairSwaps[at - 1]!;
    const isNew = before < 0 || swapFrom[before] !== swapFrom[swap] || swapTo[before] !== swapTo[swap];
    if (isNew) starts.push(at);
    swapPair[swap] = starts.length - 1;
  }
  const pairCount = starts.length;
  const pairFrom = Int32Array.from(starts, (start) => swapFrom[pairSwaps[start]!]!);
  const pairTo = Int32Array.from(starts, (start) => swapTo[pairSwaps[start]!]!);
  const pairStart = new Int32Array(tokenCount + 1);
  for (const from of pairFrom) pairStart[from + 1]!++;
  for (let token = 0; token < tokenCount; token++) pairStart[token + 1]! += pairStart[token]!;
  // Pairs sorted by (to, from) are in the order of their reverses.
  const pairReverse = countingSort(
    tokenCount,
    pairTo,
    Int32Array.from({ length: pairCount }, (_, pair) => pair),
  );
  const pairSwapStart = Int32Array.from([...starts, pairSwaps.length]);
  return { pairStart, pairFrom, pairTo, pairReverse, pairSwapStart, pairSwaps, swapPair };
}

/** Stable. */
function countingSort(keyCount: number, keys: Int32Array, items: Int32Array): Int32Array {
  const next = new Int32Array(keyCount + 1);
  for (const item of items) next[keys[item]! + 1]!++;
  for (let key = 0; key < keyCount; key++) next[key + 1]! += next[key]!;
  const sorted = new Int32Array(items.length);
  for (const item of items) sorted[next[keys[item]!]!++] = item;
  return sorted;
}
