/** Secret, so that nobody can prepare collisions. */
let seed0: u64 = 0;
let seed1: u64 = 0;

export function setSeed(a: u64, b: u64): void {
  seed0 = a;
  seed1 = b;
}

@inline
export function hashLimbs(a: u64, b: u64, c: u64, d: u64): u32 {
  let h = (a ^ seed0) * 0x9e3779b97f4a7c15;
  h = (rotl<u64>(h, 29) ^ b ^ seed1) * 0xc2b2ae3d27d4eb4f;
  h = (rotl<u64>(h, 31) ^ c) * 0x165667b19e3779f9;
  h = (rotl<u64>(h, 27) ^ d) * 0x9e3779b97f4a7c15;
  h ^= h >> 32;
  return <u32>((h * 0xd6e8feb86659fd93) >> 32);
}
