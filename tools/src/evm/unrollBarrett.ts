/**
 * MULMOD by Barrett's reduction for moduli of 252 to 254 bits, with fused multiply-adds (see unrollLanes.ts). A limb is
 * a 51-bit integer in a double. The modulus and one factor are shifted so that the modulus has 255 bits. The quotient
 * estimate is at most three too low, or one too high.
 */
export function unrollBarrett(): string {
  const summands: Summands = new Map();
  const product = multiplication(summands);
  const column = (name: string, c: number): string => columnOf(summands, name, c);
  return [
    `import { fma, HIGH_BASE, HIGH_AND_LOW_BASE, INVERSE, MAGIC, MODULUS, MODULUS_LIMBS, RECIPROCAL } from "./constants";`,
    `import { correct } from "./correct";`,
    "/** out = x · y modulo the prepared modulus, shifted left by `shift`. x and y fit its bits. */",
    "export function multiplyModulo(out: usize, x: usize, y: usize, shift: u64): void {",
    "const high = v128.load(HIGH_BASE), highAndLow = v128.load(HIGH_AND_LOW_BASE), magic = v128.load(MAGIC);",
    "let h: v128;",
    ...splitShifted(),
    ...splitPlain(),
    ...range(5).map((i) => splat(`x${i}`)),
    ...pairsOf("y"),
    ...product(
      "p",
      "x",
      "y",
      range(5).flatMap((i) => range(3).map((k) => [i, k] as const)),
    ),
    ...carries(column),
    // The product's bits from 254 on.
    ...range(5).map((i) =>
      i < 4
        ? `const u${i} = ((z${4 + i} >> 50) | (z${5 + i} << 1)) & ${MASK};`
        : `const u${i} = (z${4 + i} >> 50) | (z${5 + i} << 1);`,
    ),
    ...range(5).map((i) => splat(`u${i}`)),
    ...loadPairs("r", "RECIPROCAL"),
    ...product(
      "q",
      "u",
      "r",
      range(5).flatMap((i) =>
        range(3)
          .map((k) => [i, k] as const)
          .filter(([, k]) => i + 2 * k >= 2),
      ),
    ),
    `let carry = ${column("q", 4)} >> 51;`,
    ...range(5).flatMap((i) => [
      `const t${i} = carry + ${column("q", 5 + i)};`,
      i < 4 ? `const q${i} = t${i} & ${MASK}; carry = t${i} >> 51;` : `const q${i} = t${i};`,
    ]),
    ...range(5).map((i) => splat(`q${i}`)),
    ...loadPairs("m", "MODULUS"),
    ...product(
      "s",
      "q",
      "m",
      range(5).flatMap((i) =>
        range(3)
          .map((k) => [i, k] as const)
          .filter(([, k]) => i + 2 * k <= 4),
      ),
    ),
    ...range(5).map((i) => `const m${i} = load<i64>(MODULUS_LIMBS, ${8 * i});`),
    ...range(5).map((i) => `let d${i} = z${i} - (${column("s", i)});`),
    // Limb products are congruent modulo 2^51, which suffices for the uppermost bits.
    `const d5 = z5 - (${column("s", 5)}) - q1 * m4 - q3 * m2;`,
    "d4 += d5 << 51;",
    "const excess = <i64>(<f64>d4 * load<f64>(INVERSE));",
    ...range(5).map((i) => `d${i} -= excess * m${i};`),
    "correct(out, d0, d1, d2, d3, d4, shift);",
    "}",
  ].join("\n");
}

const MASK = "0x7ffffffffffff";
const LOW_BITS = bitsOf(1.5 * 2 ** 52);
const HIGH_BITS = bitsOf(1.5 * 2 ** 103);

function bitsOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0]!;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function splitShifted(): string[] {
  return [
    ...range(4).map((i) => `const xw${i} = load<u64>(x, ${8 * i});`),
    `const x0 = <i64>((xw0 << shift) & ${MASK});`,
    `const x1 = <i64>(((xw0 >> (51 - shift)) | (xw1 << (13 + shift))) & ${MASK});`,
    `const x2 = <i64>(((xw1 >> (38 - shift)) | (xw2 << (26 + shift))) & ${MASK});`,
    `const x3 = <i64>(((xw2 >> (25 - shift)) | (xw3 << (39 + shift))) & ${MASK});`,
    "const x4 = <i64>(xw3 >> (12 - shift));",
  ];
}

function splitPlain(): string[] {
  return [
    ...range(4).map((i) => `const yw${i} = load<u64>(y, ${8 * i});`),
    `const y0 = <i64>(yw0 & ${MASK});`,
    `const y1 = <i64>(((yw0 >> 51) | (yw1 << 13)) & ${MASK});`,
    `const y2 = <i64>(((yw1 >> 38) | (yw2 << 26)) & ${MASK});`,
    `const y3 = <i64>(((yw2 >> 25) | (yw3 << 39)) & ${MASK});`,
    "const y4 = <i64>(yw3 >> 12);",
  ];
}

function splat(name: string): string {
  return `const ${name}s = f64x2.sub(v128.or(i64x2.splat(${name}), magic), magic);`;
}

function pairsOf(name: string): string[] {
  return [0, 2, 4].map((i) => {
    const pair = i === 4 ? `i64x2(0, 0), 0, ${name}4` : `i64x2.splat(${name}${i}), 1, ${name}${i + 1}`;
    return `const ${name}p${i / 2} = f64x2.sub(v128.or(i64x2.replace_lane(${pair}), magic), magic);`;
  });
}

function loadPairs(name: string, address: string): string[] {
  return range(3).map((k) => `const ${name}p${k} = v128.load(${address}, ${16 * k});`);
}

/** Counts, by product and first column of a vector, of summands with the bases. */
type Summands = Map<string, { readonly low: number; readonly high: number }>;

/** Multiplies limbs i of x by pairs k of y. Vector c of the result has the columns c and c + 1. */
const multiplication =
  (summands: Summands) =>
  (name: string, x: string, y: string, terms: readonly (readonly [number, number])[]): string[] => {
    const lines: string[] = [];
    const add = (c: number, value: string, half: "low" | "high"): void => {
      const key = `${name}${c}`;
      const count = summands.get(key);
      lines.push(count === undefined ? `let v${key} = ${value};` : `v${key} = i64x2.add(v${key}, ${value});`);
      summands.set(key, { low: 0, high: 0, ...count, [half]: (count?.[half] ?? 0) + 1 });
    };
    for (const [i, k] of terms) {
      lines.push(`h = fma(${x}${i}s, ${y}p${k}, high);`);
      add(i + 2 * k + 1, "h", "high");
      add(i + 2 * k, `fma(${x}${i}s, ${y}p${k}, f64x2.sub(highAndLow, h))`, "low");
    }
    return lines;
  };

/** Adds up a column, without the bases. */
function columnOf(summands: Summands, name: string, c: number): string {
  const parts: string[] = [];
  let bases = 0n;
  for (const [vector, lane] of [
    [c, 0],
    [c - 1, 1],
  ] as const) {
    const count = summands.get(`${name}${vector}`);
    if (count === undefined) continue;
    parts.push(`i64x2.extract_lane(v${name}${vector}, ${lane})`);
    bases += BigInt(count.low) * LOW_BITS + BigInt(count.high) * HIGH_BITS;
  }
  return `(${parts.join(" + ")} + ${BigInt.asIntN(64, -bases)})`;
}

function carries(column: (name: string, c: number) => string): string[] {
  return range(10).flatMap((c) => {
    const sum = c === 0 ? column("p", 0) : `(w${c - 1} >> 51) + ${column("p", c)}`;
    return [`const w${c} = ${sum};`, c < 9 ? `const z${c} = w${c} & ${MASK};` : `const z${c} = w${c};`];
  });
}
