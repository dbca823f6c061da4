import { concatBytes } from "@trellis/base";

interface RlpVariant {
  /** Kind of change, and indices from the outermost list inwards. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Item {
  readonly path: string;
  readonly isList: boolean;
  readonly payload: Uint8Array;
  readonly items: readonly Item[];
  readonly end: number;
}

const SHORT_SIZE_MAX = 55;
const EXTRA_ITEMS = { "empty bytes": 0x80, "a list": 0xc0, "a byte": 0x01 } as const;

/**
 * Changes one item at a time and adjusts enclosing lengths. @param start offset of the RLP, after a
 * transaction's type byte
 */
export function* rlpVariants(bytes: Uint8Array, start = 0): Generator<RlpVariant> {
  const prefix = bytes.subarray(0, start);
  const root = parse(bytes, start, "");
  for (const target of itemsOf(root)) {
    for (const [change, encoding] of changesOf(target)) {
      const name = `${change} at [${target.path.slice(1)}]`;
      yield { name, bytes: concatBytes(prefix, encode(root, target, encoding)) };
    }
  }
}

function* changesOf(item: Item): Generator<readonly [string, Uint8Array]> {
  const offset = item.isList ? 0xc0 : 0x80;
  const { payload } = item;
  const { length } = payload;
  if (length <= SHORT_SIZE_MAX) {
    yield ["long form of a short length", concatBytes(Uint8Array.of(offset + 56, length), payload)];
  } else {
    const size = sizeBytes(length);
    const header = Uint8Array.of(offset + SHORT_SIZE_MAX + size.length + 1, 0, ...size);
    yield ["length with a leading zero", concatBytes(header, payload)];
  }
  if (item.isList) {
    for (const [name, extra] of Object.entries(EXTRA_ITEMS)) {
      yield [`${name} more`, withHeader(0xc0, concatBytes(payload, Uint8Array.of(extra)))];
    }
    return;
  }
  if (length === 1 && payload[0]! < 0x80) yield ["header on a single byte", Uint8Array.of(0x81, ...payload)];
  yield ["leading zero", withHeader(0x80, concatBytes(Uint8Array.of(0), payload))];
}

function* itemsOf(item: Item): Generator<Item> {
  yield item;
  for (const child of item.items) yield* itemsOf(child);
}

function parse(bytes: Uint8Array, at: number, path: string): Item {
  const first = bytes[at]!;
  if (first < 0x80) {
    return { path, isList: false, payload: bytes.subarray(at, at + 1), items: [], end: at + 1 };
  }
  const isList = first >= 0xc0;
  const code = first - (isList ? 0xc0 : 0x80);
  const start = at + 1 + Math.max(0, code - SHORT_SIZE_MAX);
  const size = code <= SHORT_SIZE_MAX ? code : Number(`0x${bytes.subarray(at + 1, start).toHex()}`);
  const end = start + size;
  const items: Item[] = [];
  for (let next = start; isList && next < end; next = items.at(-1)!.end) {
    items.push(parse(bytes, next, `${path},${items.length}`));
  }
  return { path, isList, payload: bytes.subarray(start, end), items, end };
}

function encode(item: Item, target: Item, changed: Uint8Array): Uint8Array {
  if (item === target) return changed;
  if (!item.isList) return encodeBytes(item.payload);
  return withHeader(0xc0, concatBytes(...item.items.map((child) => encode(child, target, changed))));
}

function encodeBytes(payload: Uint8Array): Uint8Array {
  return payload.length === 1 && payload[0]! < 0x80 ? payload : withHeader(0x80, payload);
}

function withHeader(offset: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  if (length <= SHORT_SIZE_MAX) return concatBytes(Uint8Array.of(offset + length), payload);
  const size = sizeBytes(length);
  return concatBytes(Uint8Array.of(offset + SHORT_SIZE_MAX + size.length, ...size), payload);
}

function sizeBytes(size: number): number[] {
  return size === 0 ? [] : [...sizeBytes(Math.floor(size / 256)), size % 256];
}
