import { KECCAK_ROUNDS, rotations, roundConstants, sourceColumn } from "../assembly/keccakSchedule.ts";

/**
 * Lanes stored inverted: χ needs 5 complements per round, not 25 (Keccak implementation overview 3.2,
 * section 2.2 "Lane complementing").
 */
const COMPLEMENTED = new Set([1, 2, 8, 12, 17, 20]);

const RATE_LANES = 17;

/** Keccak-f[1600] (FIPS 202, sections 3.3 and 4). A loop over memory takes about twice the time. */
export function unrollKeccak(): string {
  const constants = roundConstants();
  const offsets = rotations();
  const lines = ["export function hash(out: usize, from: usize, blocks: u32, last: usize): void {"];
  const sign = (lane: number): string => (COMPLEMENTED.has(lane) ? "~" : "");
  for (let i = 0; i < 25; i++)
    lines.push(`let a${i}: u64 = ${COMPLEMENTED.has(i) ? -1 : 0}, e${i}: u64 = 0;`);
  lines.push("let c0: u64, c1: u64, c2: u64, c3: u64, c4: u64, d0: u64, d1: u64, d2: u64, d3: u64, d4: u64;");
  lines.push("let b0: u64, b1: u64, b2: u64, b3: u64, b4: u64;");
  lines.push("for (; ; from += 136, blocks--) {", "if (blocks == 0) from = last;");
  for (let i = 0; i < RATE_LANES; i++) lines.push(`a${i} ^= load<u64>(from, ${8 * i});`);
  for (let round = 0; round < KECCAK_ROUNDS; round++) {
    const [from, to] = round % 2 === 0 ? ["a", "e"] : ["e", "a"];
    lines.push(...unrollRound(from!, to!, offsets, constants[round]!));
  }
  lines.push("if (blocks == 0) break;", "}");
  for (let i = 0; i < 4; i++) lines.push(`store<u64>(out, ${sign(i)}a${i}, ${8 * i});`);
  lines.push("}");
  return lines.join("\n");
}

function unrollRound(from: string, to: string, offsets: readonly number[], constant: bigint): string[] {
  const lines: string[] = [];
  const isColumnComplemented: boolean[] = [];
  for (let x = 0; x < 5; x++) {
    const column = [0, 5, 10, 15, 20].map((row) => x + row);
    lines.push(`c${x} = ${column.map((lane) => `${from}${lane}`).join(" ^ ")};`);
    isColumnComplemented.push(column.filter((lane) => COMPLEMENTED.has(lane)).length % 2 === 1);
  }
  for (let x = 0; x < 5; x++) lines.push(`d${x} = c${(x + 4) % 5} ^ rotl<u64>(c${(x + 1) % 5}, 1);`);
  for (let y = 0; y < 5; y++) {
    const row: boolean[] = [];
    for (let x = 0; x < 5; x++) {
      const sourceX = sourceColumn(x, y);
      const source = sourceX + 5 * x;
      lines.push(`b${x} = rotl<u64>(${from}${source} ^ d${sourceX}, ${offsets[source]});`);
      const isThetaComplemented =
        isColumnComplemented[(sourceX + 4) % 5] !== isColumnComplemented[(sourceX + 1) % 5];
      row.push(COMPLEMENTED.has(source) !== isThetaComplemented);
    }
    for (let x = 0; x < 5; x++) {
      const iota = x === 0 && y === 0 ? ` ^ 0x${constant.toString(16)}` : "";
      lines.push(`${to}${x + 5 * y} = b${x} ^ (${chi(row, x, COMPLEMENTED.has(x + 5 * y))})${iota};`);
    }
  }
  return lines;
}

function chi(row: readonly boolean[], x: number, isWantedComplemented: boolean): string {
  const [first, second] = [(x + 1) % 5, (x + 2) % 5];
  // By De Morgan, a complemented result is b[x+1] ∨ ¬b[x+2].
  const isOr = row[x] !== isWantedComplemented;
  const operator = isOr ? "|" : "&";
  const [isFirst, isSecond] = [row[first] !== !isOr, row[second] !== isOr];
  const opposite = isOr ? "&" : "|";
  if (isFirst && isSecond) return `~(b${first} ${opposite} b${second})`;
  return `${isFirst ? "~" : ""}b${first} ${operator} ${isSecond ? "~" : ""}b${second}`;
}
