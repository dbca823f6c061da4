import {
  columns,
  columnsName,
  constantTables,
  each,
  head,
  loadLimbs,
  montgomery,
  normalize,
  splitComplex,
  splitSquare,
  type Term,
  table,
} from "./limbs.ts";
import { unrollWide } from "./unrollWide.ts";

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
    `import { CONSTANTS, fma, fnma, sharedFma, sharedFnma } from "./constants";`,
    ...constantTables(),
    ...sizes.flatMap(([, limbs]) =>
      each(3, (terms) => [table(columnsName(terms, limbs), columns(terms, limbs))]),
    ),
    ...sizes.flatMap(([name, limbs]) => [
      ...COUNTS.flatMap(([times, count]) => [
        unrolled(`multiplyLanes${times}${name}`, laneProduct, count, limbs),
        unrolled(`multiplyComplex${times}${name}`, complexProduct, count, limbs),
        unrolled(`squareComplex${times}${name}`, complexSquare, count, limbs),
      ]),
      ...unrollWide(name, limbs),
      tidying(`tidy${name}`, ["a"], (i) => `a${i}`, limbs),
      tidying(`tidySum${name}`, ["a", "b"], (i) => `f64x2.add(a${i}, b${i})`, limbs),
      tidying(`tidyCross${name}`, ["a", "b", "c"], (i) => `f64x2.sub(f64x2.sub(a${i}, b${i}), c${i})`, limbs),
      tidying(`tidyTripleMinus${name}`, ["a", "b"], (i) => tripleTwice(i, "sub"), limbs),
      tidying(`tidyTriplePlus${name}`, ["a", "b"], (i) => tripleTwice(i, "add"), limbs),
      multiplyingByXi(`multiplyByXi${name}`, limbs),
      sum(`add${name}`, limbs, "add"),
      sum(`subtract${name}`, limbs, "sub"),
    ]),
  ].join("\n");
}

const COUNTS = [
  ["", 1],
  ["Two", 2],
] as const;

/** One product. Stages of independent products interleave. */
interface Product {
  readonly operands: readonly string[];
  readonly stages: readonly string[][];
}

/** `count` independent products at once, because one alone waits for its chain of quotient digits. */
function unrolled(
  name: string,
  productOf: (index: number, limbs: number) => Product,
  count: number,
  limbs: number,
): string {
  const products = each(count, (index) => [productOf(index, limbs)]);
  const parameters = products.flatMap(({ operands }, index) => [`out${index}`, ...operands]);
  const stageCount = products[0]!.stages.length;
  return [
    `export function ${name}(${parameters.map((parameter) => `${parameter}: usize`).join(", ")}): void {`,
    ...head(limbs),
    ...each(stageCount, (stage) => products.flatMap(({ stages }) => stages[stage]!)),
    "}",
  ].join("\n");
}

function laneProduct(index: number, limbs: number): Product {
  const [a, b] = [`a${index}_`, `b${index}_`];
  return {
    operands: [`first${index}`, `second${index}`],
    stages: [
      [
        ...loadLimbs(a, `first${index}`, limbs),
        ...loadLimbs(b, `second${index}`, limbs),
        ...normalize(a, limbs, limbs === 5),
        ...normalize(b, limbs, limbs === 5),
      ],
      ...productStages(index, [{ a, b }], limbs),
    ],
  };
}

/** (a0 + a1 u)(b0 + b1 u), u² = −1, by lane: (a0, a0)·(b0, b1) + (−a1, a1)·(b1, b0) */
function complexProduct(index: number, limbs: number): Product {
  const [a, b, x, y, z] = ["a", "b", "x", "y", "z"].map((name) => `${name}${index}_`) as [
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    operands: [`first${index}`, `second${index}`],
    stages: [
      [
        ...loadLimbs(a, `first${index}`, limbs),
        ...loadLimbs(b, `second${index}`, limbs),
        ...normalize(a, limbs, limbs === 5),
        ...normalize(b, limbs, limbs === 5),
        ...splitComplex(a, b, x, y, z, limbs),
      ],
      ...productStages(
        index,
        [
          { a: x, b },
          { a: y, b: z },
        ],
        limbs,
      ),
    ],
  };
}

/** (a0 + a1)(a0 − a1) and 2 a0 · a1 */
function complexSquare(index: number, limbs: number): Product {
  const [a, b, s, w] = ["a", "b", "s", "w"].map((name) => `${name}${index}_`) as [
    string,
    string,
    string,
    string,
  ];
  return {
    operands: [`first${index}`],
    stages: [
      [
        ...loadLimbs(s, `first${index}`, limbs),
        ...splitSquare(s, w, a, b, limbs),
        ...normalize(a, limbs, limbs === 5),
        ...normalize(b, limbs, limbs === 5),
      ],
      ...productStages(index, [{ a, b }], limbs),
    ],
  };
}

/** Sum of products, divided by 2^(51 · limbs). */
function productStages(index: number, terms: readonly Term[], limbs: number): string[][] {
  const starts = columnsName(terms.length, limbs);
  const declare = (column: string, k: number): string[] => [
    `let ${column} = v128.load(${starts}, ${16 * k});`,
  ];
  return [
    ...montgomery(index, declare, terms, limbs),
    each(limbs, (i) => [`v128.store(out${index}, r${index}_${i}, ${16 * i});`]),
  ];
}

function tidying(
  name: string,
  parameters: readonly string[],
  limbOf: (i: number) => string,
  limbs: number,
): string {
  return [
    `export function ${name}(out: usize, ${parameters.map((parameter) => `${parameter}: usize`).join(", ")}): void {`,
    ...head(limbs),
    ...parameters.flatMap((parameter) => loadLimbs(parameter, parameter, limbs)),
    ...each(limbs, (i) => [`let x${i} = ${limbOf(i)};`]),
    ...normalize("x", limbs, true),
    ...each(limbs, (i) => [`v128.store(out, x${i}, ${16 * i});`]),
    "}",
  ].join("\n");
}

/** 3a ± 2b */
function tripleTwice(i: number, operation: "add" | "sub"): string {
  const sum = `f64x2.${operation}(a${i}, b${i})`;
  return `f64x2.add(f64x2.add(${sum}, ${sum}), a${i})`;
}

/** ξ is 9 + u (five limbs) or 1 + u. The operand is a product or `tidy`. Nine times a limb would not be exact. */
function multiplyingByXi(name: string, limbs: number): string {
  const top = limbs - 1;
  const nine = [
    ...each(top, (i) => [
      `const c${i} = f64x2.sub(fma(a${i}, nineDown, integer), integer);`,
      `let x${i} = f64x2.add(fma(a${i}, nine, f64x2.mul(c${i}, minusUp)), turned${i});`,
    ]),
    `let x${top} = fma(a${top}, nine, turned${top});`,
    ...each(top, (i) => [`x${i + 1} = f64x2.add(x${i + 1}, c${i});`]),
  ];
  return [
    `export function ${name}(out: usize, a: usize): void {`,
    ...head(limbs),
    ...loadLimbs("a", "a", limbs),
    ...each(limbs, (i) => [`const turned${i} = v128.xor(v128.shuffle<u64>(a${i}, a${i}, 1, 0), sign);`]),
    ...(limbs === 5 ? nine : each(limbs, (i) => [`let x${i} = f64x2.add(a${i}, turned${i});`])),
    ...normalize("x", limbs, true),
    ...each(limbs, (i) => [`v128.store(out, x${i}, ${16 * i});`]),
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
