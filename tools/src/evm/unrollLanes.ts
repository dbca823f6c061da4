/**
 * Montgomery arithmetic on two field elements, one per lane. A limb is a signed 51-bit integer in a double.
 * Fused multiply-adds compute both halves of a product (Emmart, Zheng, Weems, "Faster modular exponentiation
 * using double precision floating point arithmetic on the GPU", 2018). Sums are 64-bit integers.
 */
export function unrollLanes(): string {
  const sizes = [
    ["Five", 5],
    ["Eight", 8],
  ] as const;
  return [
    `import { CONSTANTS, fma, fnma } from "./constants";`,
    table("FIXED", Object.values(FIXED_CONSTANTS)),
    ...sizes.flatMap(([, limbs]) => [
      table(columnsName(1, limbs), columns(1, limbs)),
      table(columnsName(2, limbs), columns(2, limbs)),
    ]),
    ...sizes.flatMap(([name, limbs]) => [
      multiplication(`multiplyLanes${name}`, limbs),
      complexMultiplication(`multiplyComplex${name}`, limbs),
      complexSquare(`squareComplex${name}`, limbs),
      tidying(`tidy${name}`, limbs),
      sum(`add${name}`, limbs, "add"),
      sum(`subtract${name}`, limbs, "sub"),
    ]),
  ].join("\n");
}

/** Bits per limb. */
const RADIX = 51n;
/** Adding these constants separates a product's halves. */
const HIGH_BASE = 1.5 * 2 ** 103;
const LOW_BASE = 1.5 * 2 ** 52;
/** Keeps columns positive for shifts. The lower summand makes remainders signed. */
const COLUMN_BIAS = (1n << 62n) + (1n << (RADIX - 1n));
const CARRY_BIAS = COLUMN_BIAS >> RADIX;

/** V8 recreates constant vectors, so constants are in memory. lanes.ts writes the constants of the prime. */
const CONSTANT_NAMES = ["inverse", "topInverse"] as const;
const FIXED_CONSTANTS = {
  highBase: bitsOf(HIGH_BASE),
  highAndLowBase: bitsOf(HIGH_BASE + LOW_BASE),
  integer: bitsOf(LOW_BASE),
  down: bitsOf(2 ** -Number(RADIX)),
  up: bitsOf(2 ** Number(RADIX)),
  mask: (1n << RADIX) - 1n,
  magic: bitsOf(2 ** 52),
  magicFloat: bitsOf(2 ** 52 + 2 ** Number(RADIX - 1n)),
};

interface Term {
  readonly a: string;
  readonly b: string;
}

function multiplication(name: string, limbs: number): string {
  return [
    `export function ${name}(out: usize, a: usize, b: usize): void {`,
    ...head(limbs),
    ...loadLimbs("a", limbs),
    ...loadLimbs("b", limbs),
    ...normalize("a", limbs, limbs === 5),
    ...normalize("b", limbs, limbs === 5),
    ...montgomeryProduct([{ a: "a", b: "b" }], limbs),
    "}",
  ].join("\n");
}

/** (a0 + a1 u)(b0 + b1 u), u² = −1, by lane: (a0, a0)·(b0, b1) + (−a1, a1)·(b1, b0) */
function complexMultiplication(name: string, limbs: number): string {
  return [
    `export function ${name}(out: usize, a: usize, b: usize): void {`,
    ...head(limbs),
    ...loadLimbs("a", limbs),
    ...loadLimbs("b", limbs),
    ...normalize("a", limbs, limbs === 5),
    ...normalize("b", limbs, limbs === 5),
    "const sign = i64x2(i64.MIN_VALUE, 0);",
    ...each(limbs, (i) => [
      `const x${i} = v128.shuffle<u64>(a${i}, a${i}, 0, 0);`,
      `const y${i} = v128.xor(v128.shuffle<u64>(a${i}, a${i}, 1, 1), sign);`,
      `const z${i} = v128.shuffle<u64>(b${i}, b${i}, 1, 0);`,
    ]),
    ...montgomeryProduct(
      [
        { a: "x", b: "b" },
        { a: "y", b: "z" },
      ],
      limbs,
    ),
    "}",
  ].join("\n");
}

/** (a0 + a1)(a0 − a1) and 2 a0 · a1 */
function complexSquare(name: string, limbs: number): string {
  return [
    `export function ${name}(out: usize, s: usize): void {`,
    ...head(limbs),
    ...loadLimbs("s", limbs),
    "const sign = i64x2(i64.MIN_VALUE, 0);",
    ...each(limbs, (i) => [
      `const w${i} = v128.shuffle<u64>(s${i}, s${i}, 1, 1);`,
      `let a${i} = f64x2.add(v128.shuffle<u64>(s${i}, s${i}, 0, 0), v128.shuffle<u64>(s${i}, s${i}, 1, 0));`,
      `let b${i} = v128.shuffle<u64>(f64x2.sub(s${i}, w${i}), w${i}, 0, 2);`,
    ]),
    ...normalize("a", limbs, limbs === 5),
    ...normalize("b", limbs, limbs === 5),
    ...montgomeryProduct([{ a: "a", b: "b" }], limbs),
    "}",
  ].join("\n");
}

function tidying(name: string, limbs: number): string {
  return [
    `export function ${name}(out: usize, a: usize): void {`,
    ...head(limbs),
    ...loadLimbs("a", limbs),
    ...normalize("a", limbs, true),
    ...each(limbs, (i) => [`v128.store(out, a${i}, ${16 * i});`]),
    "}",
  ].join("\n");
}

function sum(name: string, limbs: number, operation: "add" | "sub"): string {
  return [
    `export function ${name}(out: usize, a: usize, b: usize): void {`,
    ...each(limbs, (i) => [
      `v128.store(out, f64x2.${operation}(v128.load(a, ${16 * i}), v128.load(b, ${16 * i})), ${16 * i});`,
    ]),
    "}",
  ].join("\n");
}

function head(limbs: number): string[] {
  return [
    ...Object.keys(FIXED_CONSTANTS).map((name, i) => `const ${name} = v128.load(FIXED, ${16 * i});`),
    ...CONSTANT_NAMES.map((name, i) => `const ${name} = v128.load(CONSTANTS, ${16 * i});`),
    ...each(limbs, (i) => [`const p${i} = v128.load(CONSTANTS, ${16 * (CONSTANT_NAMES.length + i)});`]),
    "let high: v128, q: v128;",
  ];
}

function loadLimbs(name: string, limbs: number): string[] {
  return each(limbs, (i) => [`let ${name}${i} = v128.load(${name}, ${16 * i});`]);
}

/**
 * Reduces limbs to 51 bits, and if `reduces`, the number to at most half of the prime. Limbs may slightly
 * exceed 2^50.
 */
function normalize(x: string, limbs: number, reduces: boolean): string[] {
  const top = limbs - 1;
  return [
    ...(reduces
      ? [
          `q = f64x2.sub(fma(${x}${top}, topInverse, integer), integer);`,
          ...each(limbs, (i) => [`${x}${i} = fnma(q, p${i}, ${x}${i});`]),
        ]
      : []),
    ...each(top, (i) => [`const ${x}c${i} = f64x2.sub(fma(${x}${i}, down, integer), integer);`]),
    ...each(top, (i) => [`${x}${i} = fnma(${x}c${i}, up, ${x}${i});`]),
    ...each(top, (i) => [`${x}${i + 1} = f64x2.add(${x}${i + 1}, ${x}c${i});`]),
  ];
}

/** Sum of products, divided by 2^(51 · limbs). */
function montgomeryProduct(terms: readonly Term[], limbs: number): string[] {
  const starts = columnsName(terms.length, limbs);
  const lines = each(2 * limbs, (k) => [`let t${k} = v128.load(${starts}, ${16 * k});`]);
  const remainder = (k: number): string => `f64x2.sub(v128.or(v128.and(t${k}, mask), magic), magicFloat)`;
  const last = 2 * limbs - 1;
  for (let k = 0; k <= last; k++) {
    for (const { a, b } of terms) {
      for (let i = Math.max(0, k - limbs + 1); i <= Math.min(k, limbs - 1); i++) {
        lines.push(...addProduct(`${a}${i}`, `${b}${k - i}`, k));
      }
    }
    for (let i = Math.max(0, k - limbs + 1); i < Math.min(k, limbs); i++) {
      lines.push(...addProduct(`q${i}`, `p${k - i}`, k));
    }
    if (k < limbs) {
      lines.push(
        `q = ${remainder(k)};`,
        "high = fma(q, inverse, highBase);",
        `const q${k} = fma(q, inverse, f64x2.sub(highBase, high));`,
        `t${k} = i64x2.add(t${k}, i64x2.splat(${asI64(-bitsOf(LOW_BASE))}));`,
        ...addProduct(`q${k}`, "p0", k),
      );
    } else {
      const limb =
        k < last
          ? remainder(k)
          : `f64x2.sub(i64x2.add(t${k}, i64x2.splat(${asI64(bitsOf(LOW_BASE) - COLUMN_BIAS)})), integer)`;
      lines.push(`v128.store(out, ${limb}, ${16 * (k - limbs)});`);
    }
    if (k < last) lines.push(`t${k + 1} = i64x2.add(t${k + 1}, i64x2.shr_u(t${k}, ${RADIX}));`);
  }
  return lines;
}

function addProduct(a: string, b: string, k: number): string[] {
  return [
    `high = fma(${a}, ${b}, highBase);`,
    `t${k} = i64x2.add(t${k}, fma(${a}, ${b}, f64x2.sub(highAndLowBase, high)));`,
    `t${k + 1} = i64x2.add(t${k + 1}, high);`,
  ];
}

function columnsName(terms: number, limbs: number): string {
  return `COLUMNS_${terms}_${limbs}`;
}

/** Initial values that cancel the summands' offsets. */
function columns(terms: number, limbs: number): bigint[] {
  const starts = Array.from({ length: 2 * limbs }, (_, k) => COLUMN_BIAS - (k > 0 ? CARRY_BIAS : 0n));
  const take = (k: number, base: number): void => {
    starts[k] = starts[k]! - bitsOf(base);
  };
  for (let i = 0; i < limbs; i++) {
    for (let j = 0; j < limbs; j++) {
      for (let product = 0; product <= terms; product++) {
        // montgomeryProduct itself subtracts this LOW_BASE, because it has computed q from the column.
        if (product < terms || j > 0) take(i + j, LOW_BASE);
        take(i + j + 1, HIGH_BASE);
      }
    }
  }
  return starts;
}

function table(name: string, values: readonly bigint[]): string {
  const lanes = values.flatMap((value) => [asI64(value), asI64(value)]);
  return `const ${name} = memory.data<i64>([${lanes.join(", ")}], 16);`;
}

function each(count: number, lines: (index: number) => string[]): string[] {
  return Array.from({ length: count }, (_, index) => lines(index)).flat();
}

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

function asI64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
