import { KECCAK_ROUNDS, rotations, roundConstants, sourceColumn } from "../assembly/keccakSchedule.ts";

const LANES = Array.from({ length: 25 }, (_, lane) => lane);
const OFFSETS = rotations();
const CONSTANTS = roundConstants();
const DIGEST_LANES = 4;

/**
 * Keccak-f[1600] (FIPS 202, sections 3.3 and 4) of two states in the halves of 25 vectors, which writes only the
 * digest. Two rounds per iteration: 24 would exceed an instruction cache of 32 KiB.
 */
export function unrollPermutation(): string {
  const last = KECCAK_ROUNDS - 1;
  return [
    `const CONSTANTS = memory.data<u64>([${CONSTANTS.map((constant) => `0x${constant.toString(16)}`).join(", ")}]);`,
    "export function permute(out: usize, from: usize): void {",
    ...LANES.map((lane) => `let a${lane} = v128.load(from, ${16 * lane}), e${lane} = a${lane};`),
    "let c0: v128, c1: v128, c2: v128, c3: v128, c4: v128, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128;",
    "let b0: v128, b1: v128, b2: v128, b3: v128, b4: v128;",
    `let constant = CONSTANTS;`,
    `for (const end = CONSTANTS + ${8 * (last - 1)}; constant < end; constant += 16) {`,
    ...theta("a"),
    ...[0, 1, 2, 3, 4].flatMap((y) => row("a", "e", y, 5, 0)),
    ...theta("e"),
    ...[0, 1, 2, 3, 4].flatMap((y) => row("e", "a", y, 5, 8)),
    "}",
    ...theta("a"),
    ...[0, 1, 2, 3, 4].flatMap((y) => row("a", "e", y, 5, 0)),
    ...theta("e"),
    ...row("e", "a", 0, DIGEST_LANES, 8),
    ...LANES.slice(0, DIGEST_LANES).map((lane) => `v128.store(out, a${lane}, ${16 * lane});`),
    "}",
  ].join("\n");
}

function theta(from: string): string[] {
  const columns = [0, 1, 2, 3, 4];
  return [
    ...columns.map(
      (x) => `c${x} = ${columns.map((y) => `${from}${x + 5 * y}`).reduce((a, b) => `v128.xor(${a}, ${b})`)};`,
    ),
    ...columns.map((x) => `d${x} = v128.xor(c${(x + 4) % 5}, ${rotate(`c${(x + 1) % 5}`, 1)});`),
  ];
}

/** ρ, π, χ and ι of the first `width` lanes of a row. */
function row(from: string, to: string, y: number, width: number, constantOffset: number): string[] {
  const lines: string[] = [];
  for (let x = 0; x < 5; x++) {
    const sourceX = sourceColumn(x, y);
    const source = sourceX + 5 * x;
    lines.push(`b${x} = v128.xor(${from}${source}, d${sourceX});`);
    lines.push(`b${x} = ${rotate(`b${x}`, OFFSETS[source]!)};`);
  }
  for (let x = 0; x < width; x++) {
    const chi = `v128.xor(b${x}, v128.andnot(b${(x + 2) % 5}, b${(x + 1) % 5}))`;
    const iota = `v128.xor(${chi}, v128.load64_splat(constant, ${constantOffset}))`;
    lines.push(`${to}${x + 5 * y} = ${x + y === 0 ? iota : chi};`);
  }
  return lines;
}

function rotate(vector: string, bits: number): string {
  if (bits === 0) return vector;
  return `v128.or(i64x2.shl(${vector}, ${bits}), i64x2.shr_u(${vector}, ${64 - bits}))`;
}
