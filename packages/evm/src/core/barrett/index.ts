import { subWords } from "../words";
import { FOLDED, HIGH_AND_LOW_BASE, HIGH_BASE, MAGIC, MULTIPLES, WORD_INVERSE, fma } from "./constants";
import { multiplyModulo } from "./multiplyModulo";

/** The core's function, for other moduli. */
@external("core", "mulmodGeneral")
declare function mulmodGeneral(out: usize, x: usize, y: usize, modulus: usize): void;

/** Stores the modulus and its reciprocal. Returns the modulus's bits, or 0 if it is unsuitable. */
@external("host", "prepare")
declare function prepare(modulus: usize): u32;

/** Uses beyond those of the prepared modulus. Preparing costs as much as about 50 multiplications. */
const USES: i32 = 256;

/** The prepared modulus has `bits` bits, or 0 before the first. */
let bits: u64 = 0;
let prepared0: u64 = 0;
let prepared1: u64 = 0;
let prepared2: u64 = 0;
let prepared3: u64 = 0;
/** Another modulus, and how often it was used. */
let other0: u64 = 0;
let other1: u64 = 0;
let other2: u64 = 0;
let other3: u64 = 0;
let uses: i32 = 0;

/** Call first. Returns false if multiply-adds are not fused. */
export function start(): bool {
  const highBase: f64 = 15211807202738752817960438464512.0, lowBase: f64 = 6755399441055744.0;
  v128.store(HIGH_BASE, f64x2.splat(highBase));
  v128.store(HIGH_AND_LOW_BASE, f64x2.splat(highBase + lowBase));
  v128.store(MAGIC, f64x2.splat(4503599627370496.0));
  const x = f64x2.splat(134217729.0);
  return f64x2.extract_lane(fma(x, x, f64x2.splat(-18014398777917440.0)), 0) == 1.0;
}

export function mulmod(out: usize, x: usize, y: usize, modulus: usize): void {
  const a = load<u64>(modulus), b = load<u64>(modulus, 8), c = load<u64>(modulus, 16), d = load<u64>(modulus, 24);
  if (bits && a == prepared0 && b == prepared1 && c == prepared2 && d == prepared3) {
    uses -= i32(uses > 0);
    const limit = bits - 192;
    if (load<u64>(x, 24) >> limit) x = fold(FOLDED, x);
    if (load<u64>(y, 24) >> limit) y = fold(FOLDED + 32, y);
    if ((load<u64>(x, 24) | load<u64>(y, 24)) >> limit == 0) {
      multiplyModulo(out, x, y, 255 - bits);
      return;
    }
  } else if (d >> 62 == 0 && d >> 59 != 0) count(modulus, a, b, c, d);
  mulmodGeneral(out, x, y, modulus);
}

/** Subtracts a multiple of the modulus, because code often adds without reducing. Rarely leaves one modulus too many. */
function fold(out: usize, x: usize): usize {
  const multiple = <usize><i64>(<f64><i64>(load<u64>(x, 24) >> 1) * load<f64>(WORD_INVERSE));
  subWords(out, x, MULTIPLES + (multiple << 5));
  return out;
}

function count(modulus: usize, a: u64, b: u64, c: u64, d: u64): void {
  if (a != other0 || b != other1 || c != other2 || d != other3) {
    if (--uses > 0) return;
    uses = 0;
    other0 = a;
    other1 = b;
    other2 = c;
    other3 = d;
  }
  if (++uses < USES) return;
  uses = 0;
  const count = prepare(modulus);
  if (count == 0) return;
  bits = count;
  prepared0 = a;
  prepared1 = b;
  prepared2 = c;
  prepared3 = d;
}
