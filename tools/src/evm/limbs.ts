// Lines of AssemblyScript on numbers of signed 51-bit limbs in doubles. See unrollLanes.ts.

/** Bits per limb. */
export const RADIX = 51n;
/** Adding these constants separates a product's halves. */
export const HIGH_BASE = 1.5 * 2 ** 103;
export const LOW_BASE = 1.5 * 2 ** 52;
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
  magicCarry: bitsOf(2 ** 52 + Number(CARRY_BIAS)),
  lowBits: bitsOf(LOW_BASE),
  nine: bitsOf(9),
  nineDown: bitsOf(9 * 2 ** -Number(RADIX)),
  minusUp: bitsOf(-(2 ** Number(RADIX))),
  magicFloat: bitsOf(2 ** 52 + 2 ** Number(RADIX - 1n)),
};

/** Tables of the module's start. */
export function constantTables(): string[] {
  return [table("FIXED", Object.values(FIXED_CONSTANTS))];
}

export function head(limbs: number): string[] {
  return [
    ...Object.keys(FIXED_CONSTANTS).map((name, i) => `const ${name} = v128.load(FIXED, ${16 * i});`),
    ...CONSTANT_NAMES.map((name, i) => `const ${name} = v128.load(CONSTANTS, ${16 * i});`),
    ...each(limbs, (i) => [`const p${i} = v128.load(CONSTANTS, ${16 * (CONSTANT_NAMES.length + i)});`]),
    "const sign = i64x2(i64.MIN_VALUE, 0);",
    "let high: v128, q: v128;",
  ];
}

export function loadLimbs(name: string, from: string, limbs: number): string[] {
  return each(limbs, (i) => [`let ${name}${i} = v128.load(${from}, ${16 * i});`]);
}

/** Products to add to a column before its quotient digit. */
export interface Term {
  readonly a: string;
  readonly b: string;
}

/**
 * Divides columns by 2^(51 · limbs). One stage a column, in which `declare` sets the initial value. Sets the limbs
 * `r…`, of which the highest may have 53 bits.
 */
export function montgomery(
  index: number,
  declare: (column: string, k: number) => readonly string[],
  terms: readonly Term[],
  limbs: number,
): string[][] {
  const last = 2 * limbs - 1;
  const [t, digit, r] = [`t${index}_`, `q${index}_`, `r${index}_`];
  const remainder = (k: number): string => `f64x2.sub(v128.or(v128.and(${t}${k}, mask), magic), magicFloat)`;
  return each(last + 1, (k) => {
    const lines = k === 0 ? [...declare(`${t}0`, 0)] : [];
    if (k < last) lines.push(...declare(`${t}${k + 1}`, k + 1));
    const add = (a: string, b: string): void => {
      lines.push(...addProduct(a, b, `${t}${k}`, `${t}${k + 1}`));
    };
    const [first, end] = [Math.max(0, k - limbs + 1), Math.min(k + 1, limbs)];
    for (const { a, b } of terms) for (let i = first; i < end; i++) add(`${a}${i}`, `${b}${k - i}`);
    for (let i = first; i < Math.min(k, limbs); i++) add(`${digit}${i}`, `p${k - i}`);
    if (k < limbs) {
      lines.push(
        `q = ${remainder(k)};`,
        "high = fma(q, inverse, highBase);",
        `const ${digit}${k} = fma(q, inverse, f64x2.sub(highBase, high));`,
        `${t}${k} = i64x2.sub(${t}${k}, lowBits);`,
      );
      add(`${digit}${k}`, "p0");
    } else lines.push(`let ${r}${k - limbs} = ${remainder(k)};`);
    if (k < last) lines.push(`${t}${k + 1} = i64x2.add(${t}${k + 1}, i64x2.shr_u(${t}${k}, ${RADIX}));`);
    else {
      const top = limbs - 1;
      lines.push(
        `high = f64x2.sub(v128.or(i64x2.shr_u(${t}${last}, ${RADIX}), magic), magicCarry);`,
        `${r}${top} = fma(high, up, ${r}${top});`,
      );
    }
    return [lines];
  });
}

export function addProduct(a: string, b: string, low: string, next: string): string[] {
  return [
    `high = fma(${a}, ${b}, highBase);`,
    `${low} = i64x2.add(${low}, fma(${a}, ${b}, f64x2.sub(highAndLowBase, high)));`,
    `${next} = i64x2.add(${next}, high);`,
  ];
}

/**
 * Reduces limbs to 51 bits, and if `reduces`, the number to at most half of the prime. Limbs may slightly
 * exceed 2^50.
 */
export function normalize(x: string, limbs: number, reduces: boolean): string[] {
  const top = limbs - 1;
  return [
    ...(reduces
      ? [
          `q = f64x2.sub(fma(${x}${top}, topInverse, integer), integer);`,
          ...each(limbs, (i) => [`${x}${i} = fnma(q, p${i}, ${x}${i});`]),
        ]
      : []),
    ...carry(x, limbs),
  ];
}

export function carry(x: string, limbs: number): string[] {
  const top = limbs - 1;
  return [
    ...each(top, (i) => [`const ${x}c${i} = f64x2.sub(fma(${x}${i}, down, integer), integer);`]),
    ...each(top, (i) => [`${x}${i} = fnma(${x}c${i}, up, ${x}${i});`]),
    ...each(top, (i) => [`${x}${i + 1} = f64x2.add(${x}${i + 1}, ${x}c${i});`]),
  ];
}

export function splitComplex(a: string, b: string, x: string, y: string, z: string, limbs: number): string[] {
  return each(limbs, (i) => [
    `const ${x}${i} = v128.shuffle<u64>(${a}${i}, ${a}${i}, 0, 0);`,
    `const ${y}${i} = v128.xor(v128.shuffle<u64>(${a}${i}, ${a}${i}, 1, 1), sign);`,
    `const ${z}${i} = v128.shuffle<u64>(${b}${i}, ${b}${i}, 1, 0);`,
  ]);
}

export function splitSquare(s: string, w: string, a: string, b: string, limbs: number): string[] {
  return each(limbs, (i) => [
    `const ${w}${i} = v128.shuffle<u64>(${s}${i}, ${s}${i}, 1, 1);`,
    `let ${a}${i} = f64x2.add(v128.shuffle<u64>(${s}${i}, ${s}${i}, 0, 0), v128.shuffle<u64>(${s}${i}, ${s}${i}, 1, 0));`,
    `let ${b}${i} = v128.shuffle<u64>(f64x2.sub(${s}${i}, ${w}${i}), ${w}${i}, 0, 2);`,
  ]);
}

export function columnsName(terms: number, limbs: number): string {
  return `COLUMNS_${terms}_${limbs}`;
}

/** Initial values that cancel the summands' offsets. */
export function columns(terms: number, limbs: number): bigint[] {
  const starts = Array.from({ length: 2 * limbs }, (_, k) => COLUMN_BIAS - (k > 0 ? CARRY_BIAS : 0n));
  const take = (k: number, base: number): void => {
    starts[k] = starts[k]! - bitsOf(base);
  };
  for (let i = 0; i < limbs; i++) {
    for (let j = 0; j < limbs; j++) {
      for (let product = 0; product <= terms; product++) {
        // `montgomery` itself subtracts this LOW_BASE, because it has computed q from the column.
        if (product < terms || j > 0) take(i + j, LOW_BASE);
        take(i + j + 1, HIGH_BASE);
      }
    }
  }
  return starts;
}

export function table(name: string, values: readonly bigint[]): string {
  const lanes = values.flatMap((value) => [asI64(value), asI64(value)]);
  return `const ${name} = memory.data<i64>([${lanes.join(", ")}], 16);`;
}

export function each<T>(count: number, lines: (index: number) => readonly T[]): T[] {
  return Array.from({ length: count }, (_, index) => lines(index)).flat();
}

export function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

function asI64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
