const halves = memory.data(128, 16);

/**
 * Multiplies the matrix by the half-bytes of two digests, and XORs the top four bits of each 14-bit sum with
 * digest and lanes. A sum of two products, at most 450, cannot saturate the relaxed instruction.
 * Lanes are 32 bytes apart.
 */
export function multiply(out: usize, digests: usize, lanes: usize, matrix: usize, sums: usize): void {
  spread(digests, halves);
  for (let quarter: usize = 0; quarter < 4; quarter += 2) {
    addColumns(sums, matrix + (quarter << 5));
    const a = i8x16.narrow_i16x8_u(join(sums), join(sums + 32));
    const b = i8x16.narrow_i16x8_u(join(sums + 64), join(sums + 96));
    const at = quarter << 5;
    absorb(out, digests, lanes, at, i64x2.shuffle(a, b, 0, 2));
    absorb(out, digests, lanes, at + 32, i64x2.shuffle(a, b, 1, 3));
  }
}

/** Writes the sums of 32 rows. V8 pairs those of even and odd rows. */
function addColumns(sums: usize, matrix: usize): void {
  // Names: nonce, eight rows of a quarter, parity of rows.
  let a0e = i16x8.splat(0),
    a0o = a0e,
    a1e = a0e,
    a1o = a0e,
    b0e = a0e,
    b0o = a0e,
    b1e = a0e,
    b1o = a0e;
  let rows = matrix;
  for (let at: usize = halves; at < halves + 64; at += 2) {
    const a = v128.load16_splat(at);
    const b = v128.load16_splat(at, 64);
    const m0e = v128.load(rows);
    const m0o = v128.load(rows, 16);
    a0e = i16x8.add(a0e, i16x8.relaxed_dot_i8x16_i7x16_s(m0e, a));
    a0o = i16x8.add(a0o, i16x8.relaxed_dot_i8x16_i7x16_s(m0o, a));
    b0e = i16x8.add(b0e, i16x8.relaxed_dot_i8x16_i7x16_s(m0e, b));
    b0o = i16x8.add(b0o, i16x8.relaxed_dot_i8x16_i7x16_s(m0o, b));
    const m1e = v128.load(rows, 32);
    const m1o = v128.load(rows, 48);
    a1e = i16x8.add(a1e, i16x8.relaxed_dot_i8x16_i7x16_s(m1e, a));
    a1o = i16x8.add(a1o, i16x8.relaxed_dot_i8x16_i7x16_s(m1o, a));
    b1e = i16x8.add(b1e, i16x8.relaxed_dot_i8x16_i7x16_s(m1e, b));
    b1o = i16x8.add(b1o, i16x8.relaxed_dot_i8x16_i7x16_s(m1o, b));
    rows += 128;
  }
  v128.store(sums, a0e);
  v128.store(sums, a0o, 16);
  v128.store(sums, a1e, 32);
  v128.store(sums, a1o, 48);
  v128.store(sums, b0e, 64);
  v128.store(sums, b0o, 80);
  v128.store(sums, b1e, 96);
  v128.store(sums, b1o, 112);
}

/** Writes the half-bytes of each digest, high first. */
function spread(digests: usize, to: usize): void {
  for (let half: usize = 0; half < 2; half++) {
    const first = v128.load(digests + (half << 6));
    const second = v128.load(digests + (half << 6), 32);
    spreadBytes(i64x2.shuffle(first, second, 0, 2), to + (half << 5));
    spreadBytes(i64x2.shuffle(first, second, 1, 3), to + 64 + (half << 5));
  }
}

function spreadBytes(bytes: v128, to: usize): void {
  const low = v128.and(bytes, i8x16.splat(0x0f));
  const high = i8x16.shr_u(bytes, 4);
  v128.store(to, i8x16.shuffle(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
  v128.store(to, i8x16.shuffle(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
}

/** Bytes of the products, from the sums of even and odd rows. */
function join(sums: usize): v128 {
  const even = v128.and(i16x8.shr_u(v128.load(sums), 6), i16x8.splat(0xf0));
  return v128.or(even, i16x8.shr_u(v128.load(sums, 16), 10));
}

function absorb(out: usize, digests: usize, lanes: usize, at: usize, product: v128): void {
  v128.store(out + at, v128.xor(product, v128.xor(v128.load(digests + at), v128.load(lanes + at))));
}
