import { copyWord, highLimbs, setSmall, setWord } from "./words";
import { SCRATCH } from "./layout";

/** `out` may be `shift` or `value`. */
export function shlWord(out: usize, shift: usize, value: usize): void {
  const n = load<u64>(shift);
  if (highLimbs(shift) || n > 255) {
    setSmall(out, 0);
    return;
  }
  shlBits(out, <u32>n, value);
}

/** n must be below 256. `out` may be `value`. */
export function shlBits(out: usize, n: u32, value: usize): void {
  // With zero limbs below, a shift by whole limbs is a load at another address.
  setSmall(SCRATCH, 0);
  copyWord(SCRATCH + 32, value);
  const from = SCRATCH + 32 - ((<usize>n >> 6) << 3);
  const bits = <u64>n & 63;
  const a = load<u64>(from), b = load<u64>(from, 8), c = load<u64>(from, 16), d = load<u64>(from, 24);
  // Shifts twice, because a shift by 64 has no effect.
  const back = 63 - bits;
  setWord(
    out,
    a << bits,
    (b << bits) | ((a >> 1) >> back),
    (c << bits) | ((b >> 1) >> back),
    (d << bits) | ((c >> 1) >> back),
  );
}

@inline
function shiftRight(out: usize, shift: usize, value: usize, fill: u64): void {
  const n = load<u64>(shift);
  if (highLimbs(shift) || n > 255) {
    setWord(out, fill, fill, fill, fill);
    return;
  }
  copyWord(SCRATCH, value);
  setWord(SCRATCH + 32, fill, fill, fill, fill);
  const from = SCRATCH + ((<usize>n >> 6) << 3);
  const bits = n & 63;
  const back = 63 - bits;
  const a = load<u64>(from), b = load<u64>(from, 8), c = load<u64>(from, 16), d = load<u64>(from, 24);
  setWord(
    out,
    (a >> bits) | ((b << 1) << back),
    (b >> bits) | ((c << 1) << back),
    (c >> bits) | ((d << 1) << back),
    (d >> bits) | ((fill << 1) << back),
  );
}

/** n must be below 256. `out` may be `value`. */
export function shrBits(out: usize, n: u32, value: usize): void {
  copyWord(SCRATCH, value);
  setSmall(SCRATCH + 32, 0);
  const from = SCRATCH + ((<usize>n >> 6) << 3);
  const bits = <u64>n & 63;
  const back = 63 - bits;
  const a = load<u64>(from), b = load<u64>(from, 8), c = load<u64>(from, 16), d = load<u64>(from, 24);
  setWord(
    out,
    (a >> bits) | ((b << 1) << back),
    (b >> bits) | ((c << 1) << back),
    (c >> bits) | ((d << 1) << back),
    d >> bits,
  );
}

export function shrWord(out: usize, shift: usize, value: usize): void {
  shiftRight(out, shift, value, 0);
}

export function sarWord(out: usize, shift: usize, value: usize): void {
  shiftRight(out, shift, value, <u64>(load<i64>(value, 24) >> 63));
}

export function signextendWord(out: usize, index: usize, value: usize): void {
  const i = load<u64>(index);
  if (highLimbs(index) || i > 30) {
    copyWord(out, value);
    return;
  }
  const limbIndex = <usize>i >> 3;
  const bits = (i & 7) * 8;
  const limb = <i64>load<u64>(value + (limbIndex << 3));
  const extended = (limb << (56 - bits)) >> (56 - bits);
  const fill = <u64>(extended >> 63);
  copyWord(out, value);
  store<i64>(out + (limbIndex << 3), extended);
  for (let at = limbIndex + 1; at < 4; at++) store<u64>(out + (at << 3), fill);
}

export function byteOfWord(out: usize, index: usize, value: usize): void {
  const i = load<u64>(index);
  const isBeyond = highLimbs(index) || i > 31;
  setSmall(out, isBeyond ? 0 : <u64>load<u8>(value + 31 - <usize>i));
}

/** EIP-7939. */
export function clzWord(out: usize, value: usize): void {
  let zeros: u64 = 0;
  for (let at: usize = 24; ; at -= 8) {
    const limb = load<u64>(value + at);
    zeros += clz(limb);
    if (limb != 0 || at == 0) break;
  }
  setSmall(out, zeros);
}
