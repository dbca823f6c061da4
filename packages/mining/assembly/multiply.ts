const halves = memory.data(128, 16);

/**
 * Multiplies the matrix by the half-bytes of both digests, and XORs the top four bits of each 14-bit sum with
 * digest and lanes. A sum of two products, at most 450, cannot saturate the relaxed instruction.
 */
export function multiply(out: usize, digests: usize, lanes: usize, matrix: usize): void {
  spread(digests, halves);
  for (let quarter: usize = 0; quarter < 4; quarter += 2) {
    // Names: nonce, eight rows of a quarter, parity of rows.
    let a0e = i16x8.splat(0),
      a0o = a0e,
      a1e = a0e,
      a1o = a0e,
      b0e = a0e,
      b0o = a0e,
      b1e = a0e,
      b1o = a0e;
    let rows = matrix + (quarter << 5);
    for (let at: usize = halves; at < halves + 64; at += 2) {
      const a = v128.load16_splat(at);
      const b = v128.load16_splat(at, 64);
      let m = v128.load(rows);
      a0e = i16x8.add(a0e, i16x8.relaxed_dot_i8x16_i7x16_s(m, a));
      b0e = i16x8.add(b0e, i16x8.relaxed_dot_i8x16_i7x16_s(m, b));
      m = v128.load(rows, 16);
      a0o = i16x8.add(a0o, i16x8.relaxed_dot_i8x16_i7x16_s(m, a));
      b0o = i16x8.add(b0o, i16x8.relaxed_dot_i8x16_i7x16_s(m, b));
      m = v128.load(rows, 32);
      a1e = i16x8.add(a1e, i16x8.relaxed_dot_i8x16_i7x16_s(m, a));
      b1e = i16x8.add(b1e, i16x8.relaxed_dot_i8x16_i7x16_s(m, b));
      m = v128.load(rows, 48);
      a1o = i16x8.add(a1o, i16x8.relaxed_dot_i8x16_i7x16_s(m, a));
      b1o = i16x8.add(b1o, i16x8.relaxed_dot_i8x16_i7x16_s(m, b));
      rows += 128;
    }
    const a = i8x16.narrow_i16x8_u(join(a0e, a0o), join(a1e, a1o));
    const b = i8x16.narrow_i16x8_u(join(b0e, b0o), join(b1e, b1o));
    const at = quarter << 4;
    absorb(out, digests, lanes, at, i64x2.shuffle(a, b, 0, 2));
    absorb(out, digests, lanes, at + 16, i64x2.shuffle(a, b, 1, 3));
  }
}

/** Writes the half-bytes of each digest, high first. */
function spread(digests: usize, to: usize): void {
  for (let half: usize = 0; half < 2; half++) {
    const first = v128.load(digests + (half << 5));
    const second = v128.load(digests + (half << 5), 16);
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
function join(even: v128, odd: v128): v128 {
  return v128.or(v128.and(i16x8.shr_u(even, 6), i16x8.splat(0xf0)), i16x8.shr_u(odd, 10));
}

function absorb(out: usize, digests: usize, lanes: usize, at: usize, product: v128): void {
  v128.store(out + at, v128.xor(product, v128.xor(v128.load(digests + at), v128.load(lanes + at))));
}
