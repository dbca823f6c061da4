/** Columns are 16 bytes, big-endian. Returns the first column that overflows, or -1. */
export function addSums(out: usize, left: usize, right: usize, columns: u32): i32 {
  for (let column: u32 = 0; column < columns; column++) {
    const at: usize = column << 4;
    const leftHigh = bswap<u64>(load<u64>(left + at));
    const leftLow = bswap<u64>(load<u64>(left + at, 8));
    const rightHigh = bswap<u64>(load<u64>(right + at));
    const low = leftLow + bswap<u64>(load<u64>(right + at, 8));
    const carry = (low < leftLow) as u64;
    const partial = leftHigh + rightHigh;
    const high = partial + carry;
    if (partial < leftHigh || high < partial) return column as i32;
    store<u64>(out + at, bswap<u64>(high));
    store<u64>(out + at, bswap<u64>(low), 8);
  }
  return -1;
}
