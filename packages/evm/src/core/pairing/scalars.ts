import { LANES, POINT, room } from "./layout";
import { moveLane } from "./lanes";
import { addPoints, copyPoint, doublePoint, G1_LANES, setInfinity } from "./points";

// k = k1 + k2 λ with 128-bit halves, one per lane (Gallant, Lambert, Vanstone, CRYPTO 2001).

/** Two big-endian magnitudes of 17 bytes, two sign flags. */
export const HALVES: usize = 36;
const MAGNITUDE: usize = 17;

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

/** out = halves · table, plus moreHalves · moreTable if not 0. Tables include the signs. */
export function multiplyTables(out: usize, table: usize, halves: usize, moreTable: usize, moreHalves: usize): void {
  setInfinity(G1_LANES, out);
  // The first digit is zero: halves have at most 129 bits.
  for (let digit: usize = 1; digit < 2 * MAGNITUDE; digit++) {
    if (digit > 1) for (let bit = 0; bit < 4; bit++) doublePoint(G1_LANES, out, out);
    addDigits(out, table, halves, digit);
    if (moreTable) addDigits(out, moreTable, moreHalves, digit);
  }
}
