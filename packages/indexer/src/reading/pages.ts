import { type Hex, hexToBytes, isHex } from "@trellis/base";
import type { Table } from "@trellis/storage";
import { PLACE_MAX, type Placed } from "../entries/places.ts";
import { indexerErrors } from "../errors.ts";

export interface PageRequest {
  /** At least 1. */
  readonly countMax: number;
  readonly cursor?: Hex;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: Hex;
}

export interface PlacedPrefix {
  readonly of: Hex;
  readonly partCount: number;
  /** First part of all places, if only one shall be read. */
  readonly number?: number | undefined;
}

interface KeyRange {
  readonly prefix: Hex;
  /** Exclusive. */
  readonly to?: Hex;
}

const PART_BYTES = 6;
const SCANNED_MAX = 1_000;

/**
 * Newest first. A cursor is the last item's position, so pages stay stable while the chain grows.
 * @throws INDEX_CURSOR_INVALID
 */
export function readPlaced<V, T>(
  table: Table<Placed, V>,
  { of, partCount }: PlacedPrefix,
  { cursor, countMax }: PageRequest,
  toItem: (value: V, place: readonly number[]) => T,
): Page<T> {
  const to =
    cursor === undefined ? Array.from({ length: partCount }, () => PLACE_MAX) : placeOf(cursor, partCount);
  const from = Array.from({ length: partCount }, () => 0);
  const range = { from: { of, place: from }, to: { of, place: to }, isReverse: true, countMax: countMax + 1 };
  const found = [...table.range(range)];
  const items = found.slice(0, countMax);
  const last = items.at(-1);
  return {
    items: items.map(([{ place }, value]) => toItem(value, place)),
    ...(found.length > countMax && last !== undefined ? { cursor: cursorOf(last[0].place) } : {}),
  };
}

/** Newest first, only what `toItem` returns. Ends after `SCANNED_MAX` entries. @throws INDEX_CURSOR_INVALID */
export function readMatching<V, T>(
  table: Table<Placed, V>,
  { of, partCount, number }: PlacedPrefix,
  { cursor, countMax }: PageRequest,
  toItem: (value: V) => T | undefined,
): Page<T> {
  const bound = (part: number): number[] => [number ?? part, ...Array(partCount - 1).fill(part)];
  const to = cursor === undefined ? bound(PLACE_MAX) : placeOf(cursor, partCount);
  const range = { from: { of, place: bound(0) }, to: { of, place: to }, isReverse: true };
  const items: T[] = [];
  let scanned = 0;
  let last: Hex | undefined;
  for (const [{ place }, value] of table.range({ ...range, countMax: SCANNED_MAX + 1 })) {
    if (items.length === countMax || scanned === SCANNED_MAX) return { items, ...(last && { cursor: last }) };
    const item = toItem(value);
    if (item !== undefined) items.push(item);
    last = cursorOf(place);
    scanned++;
  }
  return { items };
}

function cursorOf(place: readonly number[]): Hex {
  return `0x${place.map((part) => part.toString(16).padStart(2 * PART_BYTES, "0")).join("")}`;
}

function placeOf(cursor: Hex, partCount: number): number[] {
  const expected = partCount * PART_BYTES;
  if (!isHex(cursor) || hexToBytes(cursor).length !== expected) {
    throw indexerErrors.INDEX_CURSOR_INVALID({ got: cursor, expectedBytes: expected });
  }
  return Array.from({ length: partCount }, (_, index) =>
    Number.parseInt(cursor.slice(2 + index * 2 * PART_BYTES, 2 + (index + 1) * 2 * PART_BYTES), 16),
  );
}

/** Ascending, starting at the cursor. @throws INDEX_CURSOR_INVALID */
export function readKeys<V, T>(
  table: Table<Hex, V>,
  { prefix, to }: KeyRange,
  { cursor, countMax }: PageRequest,
  toItem: (key: Hex, value: V) => T,
): Page<T> {
  if (cursor !== undefined && !(isHex(cursor) && cursor.startsWith(prefix))) {
    throw indexerErrors.INDEX_CURSOR_INVALID({ got: cursor, expected: `${prefix}…` });
  }
  const range = { from: cursor ?? prefix, ...(to === undefined ? {} : { to }), countMax: countMax + 1 };
  const found = [...table.range(range)];
  const next = found[countMax]?.[0];
  return {
    items: found.slice(0, countMax).map(([key, value]) => toItem(key, value)),
    ...(next === undefined ? {} : { cursor: next }),
  };
}
