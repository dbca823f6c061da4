import { searchShader } from "./searchShader.ts";

/** BLAKE3 specification, section 2.2. */
const IV = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
] as const;
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8] as const;
const ROUNDS = 7;
const COLUMNS_AND_DIAGONALS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;
/** Seal root and nonce. */
const MESSAGE_SIZE = 40;
const MESSAGE_WORDS = MESSAGE_SIZE / 4;
/** CHUNK_START, CHUNK_END and ROOT: the message is one block. */
const FLAGS = 1 | 2 | 8;

/** BLAKE3(sealRoot || nonce): `work` holds the seal root. */
export function blake3Shader(): string {
  return searchShader(`
fn rotate(word: u32, bits: u32) -> u32 { return (word >> bits) | (word << (32 - bits)); }
fn hash(nonce: vec2<u32>) -> array<u32, 8> {
${Array.from({ length: 8 }, (_, word) => `let m${word} = work[${word >> 2}][${word & 3}];`).join("\n")}
let m8 = nonce.x;
let m9 = nonce.y;
${Array.from({ length: 16 }, (_, word) => `var v${word} = ${initial(word)}u;`).join("\n")}
${rounds().join("\n")}
return array<u32, 8>(${IV.map((_, word) => `v${word} ^ v${word + 8}`).join(", ")});
}
`);
}

function initial(word: number): number {
  if (word < 12) return IV[word % 8]!;
  return [0, 0, MESSAGE_SIZE, FLAGS][word - 12]!;
}

function rounds(): string[] {
  const lines: string[] = [];
  let order = Array.from({ length: 16 }, (_, word) => word);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, [a, b, c, d]] of COLUMNS_AND_DIAGONALS.entries()) {
      lines.push(
        `v${a} += v${b}${word(order[2 * index]!)}; v${d} = rotate(v${d} ^ v${a}, 16); v${c} += v${d}; v${b} = rotate(v${b} ^ v${c}, 12);`,
        `v${a} += v${b}${word(order[2 * index + 1]!)}; v${d} = rotate(v${d} ^ v${a}, 8); v${c} += v${d}; v${b} = rotate(v${b} ^ v${c}, 7);`,
      );
    }
    order = PERMUTATION.map((from) => order[from]!);
  }
  return lines;
}

/** Words after the message are zero. */
function word(index: number): string {
  return index < MESSAGE_WORDS ? ` + m${index}` : "";
}
