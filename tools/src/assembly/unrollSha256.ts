/**
 * SHA-256's compression function (FIPS 180-4, section 6.2.2) for four messages in vector lanes. Unrolled, so
 * that words stay in local variables.
 */
export function unrollSha256(): string {
  const lines = [
    `import { K } from "./constants";`,
    "function turn(x: v128, bits: i32): v128 {",
    "  return v128.or(i32x4.shr_u(x, bits), i32x4.shl(x, 32 - bits));",
    "}",
    "/** Takes 16 vectors of message words into 8 of state. */",
    "export function compress(state: usize, block: usize): void {",
    "let t: v128, u: v128;",
    ...LETTERS.map((letter, index) => `let ${letter} = v128.load(state, ${16 * index});`),
    ...Array.from({ length: 16 }, (_, index) => `let w${index} = v128.load(block, ${16 * index});`),
    ...Array.from({ length: 64 }, (_, round) => [...schedule(round), ...compression(round)]).flat(),
    ...LETTERS.map(
      (letter, index) =>
        `v128.store(state, i32x4.add(${letter}, v128.load(state, ${16 * index})), ${16 * index});`,
    ),
    "}",
  ];
  return lines.join("\n");
}

const LETTERS = ["a", "b", "c", "d", "e", "f", "g", "h"] as const;

function schedule(round: number): string[] {
  if (round < 16) return [];
  const word = (back: number): string => `w${(round - back) % 16}`;
  return [
    `t = ${word(15)}; u = ${word(2)};`,
    `${word(16)} = i32x4.add(i32x4.add(${word(16)}, ${word(7)}), i32x4.add(`,
    "v128.xor(v128.xor(turn(t, 7), turn(t, 18)), i32x4.shr_u(t, 3)),",
    "v128.xor(v128.xor(turn(u, 17), turn(u, 19)), i32x4.shr_u(u, 10))));",
  ];
}

/** Rotates variable names instead of values. */
function compression(round: number): string[] {
  const [a, b, c, d, e, f, g, h] = LETTERS.map((_, index) => LETTERS[(index + 64 - round) % 8] as string);
  return [
    `t = i32x4.add(i32x4.add(${h}, v128.load_splat<u32>(K, ${4 * round})), i32x4.add(w${round % 16}, i32x4.add(`,
    `v128.bitselect(${f}, ${g}, ${e}), v128.xor(v128.xor(turn(${e}, 6), turn(${e}, 11)), turn(${e}, 25)))));`,
    `${d} = i32x4.add(${d}, t);`,
    `${h} = i32x4.add(i32x4.add(t, v128.bitselect(${c}, ${b}, v128.xor(${a}, ${b}))),`,
    `v128.xor(v128.xor(turn(${a}, 2), turn(${a}, 13)), turn(${a}, 22)));`,
  ];
}
