import { LANES, POINT, room } from "./layout";
import { moveLane } from "./lanes";
import { addPoints, copyPoint, doublePoint, G1_LANES, setInfinity } from "./points";

// Multiples of points of G1. A scalar k comes as k1 + k2 λ with halves of 128 bits (Gallant, Lambert, Vanstone,
// "Faster point multiplication on elliptic curves with efficient endomorphisms", 2001): one in each lane.

/** Two magnitudes of 17 bytes, big-endian, and two flags of sign. */
export const HALVES: usize = 36;
const MAGNITUDE: usize = 17;

/** Multiples 0 to 15 of a pair of points. */
export const TABLE: usize = 16 * POINT;

export function fillTable(table: usize, point: usize): void {
  setInfinity(G1_LANES, table);
  copyPoint(table + POINT, point);
  for (let i: usize = 2; i < 16; i++) {
    if (i & 1) addPoints(G1_LANES, table + i * POINT, table + (i - 1) * POINT, point);
    else doublePoint(G1_LANES, table + i * POINT, table + (i >> 1) * POINT);
  }
}

const CHOSEN = room(POINT);

/** sum += the multiples that the next four bits of both halves name. */
function addDigits(sum: usize, table: usize, halves: usize, digit: usize): void {
  const first = digitOf(halves, digit), second = digitOf(halves + MAGNITUDE, digit);
  for (let at: usize = 0; at < POINT; at += LANES) {
    moveLane(CHOSEN + at, 0, table + first * POINT + at, 0);
    moveLane(CHOSEN + at, 1, table + second * POINT + at, 1);
  }
  addPoints(G1_LANES, sum, sum, CHOSEN);
}

@inline
function digitOf(magnitude: usize, digit: usize): usize {
  const byte: usize = load<u8>(magnitude + (digit >> 1));
  return digit & 1 ? byte & 15 : byte >> 4;
}

/** out = halves · table, plus moreHalves · moreTable unless that is 0. The signs are the tables'. */
export function multiplyTables(out: usize, table: usize, halves: usize, moreTable: usize, moreHalves: usize): void {
  setInfinity(G1_LANES, out);
  // The first digit is always zero: halves have 129 bits at most.
  for (let digit: usize = 1; digit < 2 * MAGNITUDE; digit++) {
    if (digit > 1) for (let bit = 0; bit < 4; bit++) doublePoint(G1_LANES, out, out);
    addDigits(out, table, halves, digit);
    if (moreTable) addDigits(out, moreTable, moreHalves, digit);
  }
}
