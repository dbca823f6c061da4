import {
  addProduct,
  bitsOf,
  carry,
  columnsName,
  each,
  HIGH_BASE,
  head,
  LOW_BASE,
  loadLimbs,
  montgomery,
  normalize,
  splitComplex,
  splitSquare,
  type Term,
  table,
} from "./limbs.ts";

/** Products in Fp2 without reduction, and reductions of their sums (core/pairing/wide.ts). */
export function unrollWide(suffix: string, limbs: number): string[] {
  return [
    ...each(2, (index) => [table(wideName(index + 1, limbs), wideColumns(index + 1, limbs))]),
    wideProduct(`multiplyWide${suffix}`, limbs),
    wideProductOfSums(`multiplySumsWide${suffix}`, limbs),
    wideSquare(`squareWide${suffix}`, ["s"], limbs),
    wideSquare(`squareSumWide${suffix}`, ["s", "r"], limbs),
    ...Object.entries(REDUCTIONS).map(([name, sums]) => reducing(name + suffix, sums, limbs)),
  ].map(sharingFma);
}

function sharingFma(lines: string): string {
  return lines
    .replaceAll(" fma(", " sharedFma(")
    .replaceAll("(fma(", "(sharedFma(")
    .replaceAll(" fnma(", " sharedFnma(");
}

/** layout.ts: LANES, WIDE. */
const LANES_SIZE = 144;
const WIDE_SIZE = 256;

/** Columns of the product, without reduction. Operand `a` may have two summands, `b` one. */
function wideProduct(name: string, limbs: number): string {
  return [
    `export function ${name}(out: usize, a: usize, b: usize): void {`,
    ...head(limbs),
    ...loadLimbs("a", "a", limbs),
    ...loadLimbs("b", "b", limbs),
    ...complexColumns(limbs),
    "}",
  ].join("\n");
}

/** (a + c)(b + d). Operands `a` and `c` may have two summands, `b` and `d` one. */
function wideProductOfSums(name: string, limbs: number): string {
  return [
    `export function ${name}(out: usize, a: usize, c: usize, b: usize, d: usize): void {`,
    ...head(limbs),
    ...each(limbs, (i) => [
      `let a${i} = f64x2.add(v128.load(a, ${16 * i}), v128.load(c, ${16 * i}));`,
      `const b${i} = f64x2.add(v128.load(b, ${16 * i}), v128.load(d, ${16 * i}));`,
    ]),
    ...carry("a", limbs),
    ...complexColumns(limbs),
    "}",
  ].join("\n");
}

function complexColumns(limbs: number): string[] {
  return [
    ...splitComplex("a", "b", "x", "y", "z", limbs),
    ...productColumns(
      [
        { a: "x", b: "b" },
        { a: "y", b: "z" },
      ],
      limbs,
    ),
  ];
}

/** Square of a sum. */
function wideSquare(name: string, summands: readonly string[], limbs: number): string {
  const summed = (i: number): string =>
    summands.map((summand) => `v128.load(${summand}, ${16 * i})`).reduce((a, b) => `f64x2.add(${a}, ${b})`);
  return [
    `export function ${name}(out: usize, ${summands.map((summand) => `${summand}: usize`).join(", ")}): void {`,
    ...head(limbs),
    ...each(limbs, (i) => [`const s${i} = ${summed(i)};`]),
    ...splitSquare("s", "w", "a", "b", limbs),
    ...carry("a", limbs),
    ...(summands.length > 1 ? carry("b", limbs) : []),
    ...productColumns([{ a: "a", b: "b" }], limbs),
    "}",
  ].join("\n");
}

/** By rows, which need fewer registers than columns. */
function productColumns(terms: readonly Term[], limbs: number): string[] {
  const starts = wideName(terms.length, limbs);
  return [
    ...each(limbs, (i) => [`let t${i} = v128.load(${starts}, ${16 * i});`]),
    ...each(limbs, (i) => [
      `let t${i + limbs} = v128.load(${starts}, ${16 * (i + limbs)});`,
      ...each(limbs, (j) =>
        terms.flatMap(({ a, b }) => addProduct(`${b}${j}`, `${a}${i}`, `t${i + j}`, `t${i + j + 1}`)),
      ),
      `v128.store(out, t${i}, ${16 * i});`,
    ]),
    ...each(limbs, (i) => [`v128.store(out, t${i + limbs}, ${16 * (i + limbs)});`]),
  ];
}

/**
 * Sum of wide numbers, which letters count: `plus` − `minus` − 12 `minusTwelve` + ξ (`xiPlus` − `xiMinus`). A
 * letter may repeat.
 */
interface WideSum {
  readonly plus?: string;
  readonly minus?: string;
  readonly minusTwelve?: string;
  readonly xiPlus?: string;
  readonly xiMinus?: string;
}

/** Sums by function. Sums of one function interleave, because each waits for its chain of quotient digits. */
const REDUCTIONS: Readonly<Record<string, readonly WideSum[]>> = {
  reduceDifference: [{ plus: "a", minus: "b" }],
  reduceMinusTwelve: [{ plus: "a", minusTwelve: "b" }],
  reduceSixth: [
    { plus: "a", xiPlus: "d", xiMinus: "bc" },
    { plus: "e", minus: "ab", xiPlus: "c" },
    { plus: "fb", minus: "ac" },
  ],
  reduceTwelfthReal: [
    { plus: "a", xiPlus: "dlh", xiMinus: "bcgi" },
    { plus: "eg", minus: "ab", xiPlus: "cj", xiMinus: "hi" },
    { plus: "fbk", minus: "acgh", xiPlus: "i" },
  ],
  reduceTwelfthOther: [
    { plus: "m", minus: "ag", xiPlus: "pbchi", xiMinus: "nodj" },
    { plus: "qabgh", minus: "mnek", xiPlus: "o", xiMinus: "ci" },
    { plus: "rnacgi", minus: "mofblh" },
  ],
  reduceLine014Real: [{ plus: "a", xiPlus: "cg" }, { plus: "e", minus: "ab", xiPlus: "h" }, { plus: "bdf" }],
  reduceLine014Other: [
    { plus: "i", minus: "a", xiPlus: "k", xiMinus: "ch" },
    { plus: "mab", minus: "ijef" },
    { plus: "jl", minus: "bdg" },
  ],
  reduceLine034Real: [
    { plus: "a", xiPlus: "eg" },
    { plus: "bd", xiPlus: "f" },
    { plus: "ch", minus: "de" },
  ],
  reduceLine034Other: [
    { plus: "i", minus: "ad", xiPlus: "k", xiMinus: "f" },
    { plus: "mde", minus: "ijbh" },
    { plus: "jl", minus: "ceg" },
  ],
  reduceSquaresReal: [
    { plus: "a", xiPlus: "b" },
    { plus: "d", xiPlus: "e" },
    { plus: "g", xiPlus: "h" },
  ],
  reduceSquaresOther: [
    { plus: "c", minus: "ab" },
    { plus: "f", minus: "de" },
    { xiPlus: "i", xiMinus: "gh" },
  ],
};

/** Results: at most half the prime. Sums must be below 26 p². */
function reducing(name: string, sums: readonly WideSum[], limbs: number): string {
  const stages = sums.map((sum, index) =>
    montgomery(index, (column, k) => wideColumn(sum, column, k, limbs), [], limbs),
  );
  return [
    `export function ${name}(out: usize, wides: usize): void {`,
    ...head(limbs),
    "const real = i64x2(-1, 0);",
    "let wide: v128, turned: v128;",
    ...each(2 * limbs, (k) => stages.flatMap((stage) => stage[k]!)),
    ...sums.flatMap((_, index) => [
      ...(limbs === 5 ? normalize(`r${index}_`, limbs, true) : []),
      ...each(limbs, (i) => [`v128.store(out, r${index}_${i}, ${LANES_SIZE * index + 16 * i});`]),
    ]),
    "}",
  ].join("\n");
}

function wideColumn(sum: WideSum, t: string, k: number, limbs: number): string[] {
  const { plus = "", minus = "", minusTwelve = "", xiPlus = "", xiMinus = "" } = sum;
  const columns = (letters: string): string[] =>
    [...letters].map((letter) => `v128.load(wides, ${WIDE_SIZE * (letter.charCodeAt(0) - 97) + 16 * k})`);
  return [
    `let ${t} = ${sumOf([`v128.load(${columnsName(0, limbs)}, ${16 * k})`, ...columns(plus)], columns(minus))};`,
    ...columns(minusTwelve).flatMap((column) => [
      `wide = i64x2.shl(${column}, 2);`,
      `${t} = i64x2.sub(${t}, i64x2.add(wide, i64x2.shl(wide, 1)));`,
    ]),
    ...(xiPlus === ""
      ? []
      : [
          `wide = ${sumOf(columns(xiPlus), columns(xiMinus))};`,
          `turned = i64x2.sub(v128.xor(v128.shuffle<u64>(wide, wide, 1, 0), real), real);`,
          `${t} = i64x2.add(${t}, i64x2.add(turned, wide));`,
          ...(limbs === 5 ? [`${t} = i64x2.add(${t}, i64x2.shl(wide, 3));`] : []),
        ]),
  ];
}

function sumOf(plus: readonly string[], minus: readonly string[]): string {
  const sum = plus.reduce((a, b) => `i64x2.add(${a}, ${b})`);
  return minus.reduce((a, b) => `i64x2.sub(${a}, ${b})`, sum);
}

function wideName(terms: number, limbs: number): string {
  return `WIDE_${terms}_${limbs}`;
}

/** Initial values that cancel the summands' offsets, without a bias. */
function wideColumns(terms: number, limbs: number): bigint[] {
  const starts = Array<bigint>(2 * limbs).fill(0n);
  for (let i = 0; i < limbs; i++) {
    for (let j = 0; j < limbs; j++) {
      starts[i + j]! -= BigInt(terms) * bitsOf(LOW_BASE);
      starts[i + j + 1]! -= BigInt(terms) * bitsOf(HIGH_BASE);
    }
  }
  return starts;
}
