import { B3, isBn } from "./curve";
import { fp2Mul, fp2MulTwo, fp2One, fp2SquareTwo } from "./fp2";
import { LANES, POINT, room } from "./layout";
import { add, copy, double, moveLane, multiplyTwo, ONE, subtract, tidy, triple, zero } from "./lanes";

// Projective points of y² = x³ + b with at most two units (lanes.ts): two G1 points, one per lane, or one
// twist point. Complete formulas (Renes, Costello, Batina, 2015, algorithms 7 and 9).

export const G1_LANES: u32 = 1;
export const TWIST: u32 = 2;

@inline
function mulTwo(group: u32, out0: usize, a0: usize, b0: usize, out1: usize, a1: usize, b1: usize): void {
  if (group == G1_LANES) multiplyTwo(out0, a0, b0, out1, a1, b1);
  else fp2MulTwo(out0, a0, b0, out1, a1, b1);
}

@inline
function squareTwo(group: u32, out0: usize, a0: usize, out1: usize, a1: usize): void {
  if (group == G1_LANES) multiplyTwo(out0, a0, a0, out1, a1, a1);
  else fp2SquareTwo(out0, a0, out1, a1);
}

/** The operand has one unit, the result at most four. */
@inline
function timesB3(group: u32, out: usize, a: usize): void {
  if (group == TWIST) {
    fp2Mul(out, a, B3);
    return;
  }
  triple(out, a);
  tidy(out, out);
  if (isBn) {
    triple(out, out);
    return;
  }
  double(out, out);
  double(out, out);
}

export function copyPoint(out: usize, point: usize): void {
  memory.copy(out, point, POINT);
}

export function setInfinity(group: u32, out: usize): void {
  zero(out);
  if (group == G1_LANES) copy(out + LANES, ONE);
  else fp2One(out + LANES);
  zero(out + 2 * LANES);
}

export function setAffine(group: u32, point: usize): void {
  if (group == G1_LANES) copy(point + 2 * LANES, ONE);
  else fp2One(point + 2 * LANES);
}

const T0 = room(LANES);
const T1 = room(LANES);
const T2 = room(LANES);
const T3 = room(LANES);
const T4 = room(LANES);
const T5 = room(LANES);
const T6 = room(LANES);
const T7 = room(LANES);

export function doublePoint(group: u32, out: usize, point: usize): void {
  const x = point, y = point + LANES, z = point + 2 * LANES;
  squareTwo(group, T0, y, T2, z);
  mulTwo(group, T1, y, z, T4, x, y);
  double(T3, T0);
  double(T3, T3);
  tidy(T3, T3);
  double(T3, T3);
  timesB3(group, T2, T2);
  tidy(T2, T2);
  mulTwo(group, out + 2 * LANES, T1, T3, T6, T2, T3);
  add(T5, T0, T2);
  double(T1, T2);
  add(T2, T1, T2);
  subtract(T0, T0, T2);
  mulTwo(group, T5, T0, T5, T4, T0, T4);
  add(out + LANES, T6, T5);
  double(out, T4);
}

export function addPoints(group: u32, out: usize, p: usize, q: usize): void {
  const x1 = p, y1 = p + LANES, z1 = p + 2 * LANES, x2 = q, y2 = q + LANES, z2 = q + 2 * LANES;
  add(T3, x1, y1);
  add(T4, x2, y2);
  add(T5, y1, z1);
  add(T6, y2, z2);
  mulTwo(group, T3, T3, T4, T4, T5, T6);
  mulTwo(group, T0, x1, x2, T1, y1, y2);
  add(T5, x1, z1);
  add(T6, x2, z2);
  mulTwo(group, T5, T5, T6, T2, z1, z2);
  subtract(T3, T3, T0);
  subtract(T3, T3, T1);
  subtract(T4, T4, T1);
  subtract(T4, T4, T2);
  subtract(T5, T5, T0);
  subtract(T5, T5, T2);
  triple(T0, T0);
  timesB3(group, T2, T2);
  tidy(T2, T2);
  add(T6, T1, T2);
  subtract(T1, T1, T2);
  tidy(T5, T5);
  timesB3(group, T5, T5);
  mulTwo(group, T7, T4, T5, T2, T3, T1);
  subtract(out, T2, T7);
  mulTwo(group, T5, T5, T0, T1, T1, T6);
  add(out + LANES, T1, T5);
  mulTwo(group, T0, T0, T3, T6, T6, T4);
  add(out + 2 * LANES, T6, T0);
}

export function negatePoint(out: usize, point: usize): void {
  if (out != point) copyPoint(out, point);
  zero(T0);
  subtract(out + LANES, T0, point + LANES);
}

export function movePointLane(out: usize, to: usize, point: usize, from: usize): void {
  for (let at: usize = 0; at < POINT; at += LANES) moveLane(out + at, to, point + at, from);
}
