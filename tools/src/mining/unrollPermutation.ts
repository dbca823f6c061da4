import { KECCAK_ROUNDS, rotations, roundConstants, sourceColumn } from "../assembly/keccakSchedule.ts";

const COLUMNS = [0, 1, 2, 3, 4];
const HALVES = [0, 1];
const OFFSETS = rotations();
const CONSTANTS = roundConstants();
const LAST = KECCAK_ROUNDS - 1;
const DIGEST_LANES = 4;
const STATE_BYTES = 800;

/**
 * Keccak-f[1600] (FIPS 202, sections 3.3 and 4) of four states, which writes only the digests. Rounds go from memory
 * to memory: 25 lanes exceed the registers anyway.
 */
export function unrollPermutation(): string {
  return [
    `const CONSTANTS = memory.data<u64>([${CONSTANTS.map((constant) => `0x${constant.toString(16)}`).join(", ")}]);`,
    "export function permute(out: usize, from: usize, work: usize): void {",
    `let ${COLUMNS.map((x) => `c${x}: v128, ${HALVES.map((half) => `b${x}${half}: v128, d${x}${half}: v128`).join(", ")}`).join(", ")};`,
    `let source = from, to = work, other = work + ${STATE_BYTES}, constant = CONSTANTS;`,
    `for (; constant < CONSTANTS + ${8 * LAST}; constant += 8) {`,
    ...theta("source"),
    ...COLUMNS.flatMap((y) => row("source", "to", y, 5)),
    "source = to; to = other; other = source;",
    "}",
    ...theta("source"),
    ...row("source", "out", 0, DIGEST_LANES),
    "}",
  ].join("\n");
}

function theta(from: string): string[] {
  return HALVES.flatMap((half) => [
    ...COLUMNS.map((x) => `c${x} = ${COLUMNS.map((y) => lane(from, x + 5 * y, half)).reduce(xor)};`),
    ...COLUMNS.map((x) => `d${x}${half} = ${xor(`c${(x + 4) % 5}`, rotate(`c${(x + 1) % 5}`, 1))};`),
  ]);
}

/** ρ, π, χ and ι of the first `width` lanes of a row. */
function row(from: string, to: string, y: number, width: number): string[] {
  const lines: string[] = [];
  for (const x of COLUMNS)
    for (const half of HALVES) {
      const sourceX = sourceColumn(x, y);
      const source = sourceX + 5 * x;
      lines.push(`b${x}${half} = ${xor(lane(from, source, half), `d${sourceX}${half}`)};`);
      lines.push(`b${x}${half} = ${rotate(`b${x}${half}`, OFFSETS[source]!)};`);
    }
  const constant = "v128.load64_splat(constant)";
  if (y === 0) lines.push(`const iota = ${constant};`);
  // Halves follow each other, so that V8 can pair them.
  for (let x = 0; x < width; x++)
    for (const half of HALVES) {
      const chi = xor(`b${x}${half}`, `v128.andnot(b${(x + 2) % 5}${half}, b${(x + 1) % 5}${half})`);
      const value = x + y === 0 ? xor(chi, "iota") : chi;
      lines.push(`v128.store(${to}, ${value}, ${offset(x + 5 * y, half)});`);
    }
  return lines;
}

function lane(state: string, index: number, half: number): string {
  return `v128.load(${state}, ${offset(index, half)})`;
}

function offset(index: number, half: number): number {
  return 32 * index + 16 * half;
}

function xor(one: string, other: string): string {
  return `v128.xor(${one}, ${other})`;
}

function rotate(vector: string, bits: number): string {
  if (bits === 0) return vector;
  return `v128.or(i64x2.shl(${vector}, ${bits}), i64x2.shr_u(${vector}, ${64 - bits}))`;
}
