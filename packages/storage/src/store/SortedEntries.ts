import type { KeyRange, WriteOperation } from "./KeyValueStore.ts";

/** A write copies each chunk that it changes: hashed keys are spread over as many chunks as it has entries. */
const CHUNK_COUNT_MAX = 64;

interface Chunk {
  readonly keys: Uint8Array[];
  readonly values: Uint8Array[];
}

/** Immutable. Changed copies share unchanged chunks, so a snapshot is just a reference. */
export class SortedEntries {
  readonly #chunks: readonly Chunk[];

  constructor(chunks: readonly Chunk[] = []) {
    this.#chunks = chunks;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const chunk = this.#chunks[chunkOf(this.#chunks, key)];
    if (chunk === undefined) return undefined;
    const at = firstNotBefore(chunk.keys, key);
    const found = chunk.keys[at];
    return found !== undefined && compareKeys(found, key) === 0 ? chunk.values[at] : undefined;
  }

  *range({ from, to, isReverse = false, countMax = Number.POSITIVE_INFINITY }: KeyRange) {
    const order = isReverse ? this.#backward(to) : this.#forward(from);
    let count = 0;
    for (const [key, value] of order) {
      const isOutside = isReverse
        ? from !== undefined && compareKeys(key, from) < 0
        : to !== undefined && compareKeys(key, to) >= 0;
      if (isOutside || count++ >= countMax) return;
      yield [key.slice(), value.slice()] as const;
    }
  }

  with(operations: readonly WriteOperation[]): SortedEntries {
    const chunks = [...this.#chunks];
    const own = new Set<Chunk>();
    for (const operation of operations) {
      if (operation.kind === "put") put(chunks, own, operation.key, operation.value);
      else remove(chunks, own, operation.key);
    }
    return new SortedEntries(chunks);
  }

  *#forward(from: Uint8Array | undefined): Iterable<readonly [Uint8Array, Uint8Array]> {
    const start = from === undefined ? 0 : Math.max(0, chunkOf(this.#chunks, from));
    for (let index = start; index < this.#chunks.length; index++) {
      const { keys, values } = this.#chunks[index]!;
      const first = index === start && from !== undefined ? firstNotBefore(keys, from) : 0;
      for (let at = first; at < keys.length; at++) yield [keys[at]!, values[at]!];
    }
  }

  *#backward(to: Uint8Array | undefined): Iterable<readonly [Uint8Array, Uint8Array]> {
    const end = to === undefined ? this.#chunks.length - 1 : chunkOf(this.#chunks, to);
    for (let index = end; index >= 0; index--) {
      const { keys, values } = this.#chunks[index]!;
      const last = index === end && to !== undefined ? firstNotBefore(keys, to) : keys.length;
      for (let at = last - 1; at >= 0; at--) yield [keys[at]!, values[at]!];
    }
  }
}

function put(chunks: Chunk[], own: Set<Chunk>, key: Uint8Array, value: Uint8Array): void {
  const index = Math.max(0, chunkOf(chunks, key));
  const chunk = ownChunk(chunks, own, index);
  const at = firstNotBefore(chunk.keys, key);
  const found = chunk.keys[at];
  if (found !== undefined && compareKeys(found, key) === 0) {
    chunk.values[at] = value.slice();
    return;
  }
  chunk.keys.splice(at, 0, key.slice());
  chunk.values.splice(at, 0, value.slice());
  if (chunk.keys.length <= CHUNK_COUNT_MAX) return;
  const half = chunk.keys.length >> 1;
  const upper = { keys: chunk.keys.splice(half), values: chunk.values.splice(half) };
  own.add(upper);
  chunks.splice(index + 1, 0, upper);
}

function remove(chunks: Chunk[], own: Set<Chunk>, key: Uint8Array): void {
  const index = chunkOf(chunks, key);
  const shared = chunks[index];
  if (shared === undefined) return;
  const at = firstNotBefore(shared.keys, key);
  const found = shared.keys[at];
  if (found === undefined || compareKeys(found, key) !== 0) return;
  const chunk = ownChunk(chunks, own, index);
  chunk.keys.splice(at, 1);
  chunk.values.splice(at, 1);
  if (chunk.keys.length === 0) chunks.splice(index, 1);
}

function ownChunk(chunks: Chunk[], own: Set<Chunk>, index: number): Chunk {
  const chunk = chunks[index];
  if (chunk !== undefined && own.has(chunk)) return chunk;
  const copy = { keys: chunk?.keys.slice() ?? [], values: chunk?.values.slice() ?? [] };
  own.add(copy);
  chunks[index] = copy;
  return copy;
}

function chunkOf(chunks: readonly Chunk[], key: Uint8Array): number {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(chunks[middle]!.keys[0]!, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function firstNotBefore(keys: readonly Uint8Array[], key: Uint8Array): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(keys[middle]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Faster than `Buffer.compare`, because most keys differ in their first bytes. */
function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const end = Math.min(a.length, b.length);
  for (let index = 0; index < end; index++) {
    const difference = a[index]! - b[index]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
