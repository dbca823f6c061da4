export const KECCAK_ROUNDS = 24;

/** From the LFSR x^8 + x^6 + x^5 + x^4 + 1 (FIPS 202, algorithm 5). */
export function roundConstants(): bigint[] {
  let state = 1;
  const nextBit = (): bigint => {
    const bit = BigInt(state & 1);
    state = state & 0x80 ? ((state << 1) ^ 0x171) & 0xff : state << 1;
    return bit;
  };
  return Array.from({ length: KECCAK_ROUNDS }, () => {
    let constant = 0n;
    for (let j = 0n; j <= 6n; j++) constant |= nextBit() << ((1n << j) - 1n);
    return constant;
  });
}

/** Lane (x, y) has index x + 5y (FIPS 202, algorithm 2). */
export function rotations(): number[] {
  const offsets = new Array<number>(25).fill(0);
  let [x, y] = [1, 0];
  for (let t = 0; t < 24; t++) {
    offsets[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return offsets;
}

/** π moves lane (x', y') with y' = x to (x, y): y = 2x' + 3y' gives x' = 3(y − 3x) mod 5. */
export function sourceColumn(x: number, y: number): number {
  return (((3 * (y - 3 * x)) % 5) + 5) % 5;
}
