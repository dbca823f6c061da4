import { KECCAK_ROTATIONS, KECCAK_ROUND_CONSTANTS } from "../../../heavy/keccakF1600.ts";
import { heavyState } from "../../../heavy/kHeavyHash.ts";
import { searchShader } from "./searchShader.ts";

const COLUMNS = [0, 1, 2, 3, 4];
const LANES = Array.from({ length: 25 }, (_, lane) => lane);

/** kHeavyHash: `work` holds the padded first state, `matrix` its bytes row by row. */
export function heavyShader(): string {
  return searchShader(`
const CONSTANTS = array<vec2<u32>, 24>(${pairs(KECCAK_ROUND_CONSTANTS)});
const HEAVY = array<vec2<u32>, 25>(${pairs(heavyState)});
${permutation()}
fn half_bytes(word: u32) -> vec2<u32> {
  let high = (word >> 4) & 0x0f0f0f0f;
  let low = word & 0x0f0f0f0f;
  return vec2<u32>(
    (high & 0xff) | ((low & 0xff) << 8) | ((high & 0xff00) << 8) | ((low & 0xff00) << 16),
    ((high >> 16) & 0xff) | ((low >> 8) & 0xff00) | ((high >> 8) & 0xff0000) | (low & 0xff000000),
  );
}
fn sum(row_index: u32, vector: array<vec4<u32>, 4>) -> u32 {
  var total = 0u;
  for (var part = 0u; part < 4; part++) {
    let numbers = matrix[4 * row_index + part];
    let halves = vector[part];
    total += dot4U8Packed(numbers.x, halves.x) + dot4U8Packed(numbers.y, halves.y)
      + dot4U8Packed(numbers.z, halves.z) + dot4U8Packed(numbers.w, halves.w);
  }
  return total >> 10;
}
fn product(digest: array<u32, 8>) -> array<u32, 8> {
  var vector: array<vec4<u32>, 4>;
  for (var part = 0u; part < 4; part++) {
    vector[part] = vec4<u32>(half_bytes(digest[2 * part]), half_bytes(digest[2 * part + 1]));
  }
  var words = digest;
  for (var index = 0u; index < 32; index++) {
    let byte = (sum(2 * index, vector) << 4) | sum(2 * index + 1, vector);
    words[index / 4] ^= byte << (8 * (index % 4));
  }
  return words;
}
fn hash(nonce: vec2<u32>) -> array<u32, 8> {
  var state: array<vec2<u32>, 25>;
  for (var lane = 0u; lane < 25; lane++) {
    let pair = work[lane / 2];
    state[lane] = select(pair.xy, pair.zw, lane % 2 == 1);
  }
  state[9] ^= nonce;
  let words = product(permute(state));
  state = HEAVY;
  for (var lane = 0u; lane < 4; lane++) { state[lane] ^= vec2<u32>(words[2 * lane], words[2 * lane + 1]); }
  return permute(state);
}
`);
}

/** Keccak-f[1600] (FIPS 202, section 3.3), lanes in variables. Returns the first 256 bits. */
function permutation(): string {
  return `
fn permute(state: array<vec2<u32>, 25>) -> array<u32, 8> {
${LANES.map((lane) => `var a${lane} = state[${lane}];`).join("\n")}
for (var round = 0u; round < 24; round++) {
${COLUMNS.map((x) => `let c${x} = ${COLUMNS.map((y) => `a${x + 5 * y}`).join(" ^ ")};`).join("\n")}
${COLUMNS.map((x) => `let d${x} = c${(x + 4) % 5} ^ ${rotate(`c${(x + 1) % 5}`, 1)};`).join("\n")}
${LANES.map((lane) => `let e${lane} = a${lane} ^ d${lane % 5};`).join("\n")}
${LANES.map((lane) => `let b${moved(lane)} = ${rotate(`e${lane}`, KECCAK_ROTATIONS[lane]!)};`).join("\n")}
${LANES.map((lane) => `a${lane} = b${lane} ^ (~b${inRow(lane, 1)} & b${inRow(lane, 2)});`).join("\n")}
a0 ^= CONSTANTS[round];
}
return array<u32, 8>(a0.x, a0.y, a1.x, a1.y, a2.x, a2.y, a3.x, a3.y);
}
`;
}

/** π: lane (x, y) moves to (y, 2x + 3y). */
function moved(lane: number): number {
  const [x, y] = [lane % 5, Math.floor(lane / 5)];
  return y + 5 * ((2 * x + 3 * y) % 5);
}

function inRow(lane: number, distance: number): number {
  return lane - (lane % 5) + (((lane % 5) + distance) % 5);
}

function rotate(lane: string, bits: number): string {
  const [halves, swapped] = bits < 32 ? [lane, `${lane}.yx`] : [`${lane}.yx`, lane];
  const shift = bits % 32;
  return shift === 0
    ? halves
    : `((${halves} << vec2<u32>(${shift})) | (${swapped} >> vec2<u32>(${32 - shift})))`;
}

function pairs(words: Int32Array): string {
  const lanes = Array.from(
    { length: words.length / 2 },
    (_, lane) => `vec2<u32>(${words[2 * lane]! >>> 0}u, ${words[2 * lane + 1]! >>> 0}u)`,
  );
  return lanes.join(", ");
}
