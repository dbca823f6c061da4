/**
 * MULMOD for four-limb moduli, by 3-by-2 division with the reciprocal (see core/divide.ts). Rare cases use
 * general division.
 */
export function unrollMulmod(): string {
  const lines = [
    `import { mulHigh } from "./multiply";`,
    `import { setWord } from "./words";`,
    `import { divisor0, divisor1, divisor2, divisor3, divisorReciprocal, divisorShift } from "./modulus";`,
    "/** out = x · y mod the modulus that `prepareModulus` was given; false when it has to be done in general. */",
    "export function mulmodFour(out: usize, x: usize, y: usize): bool {",
    "const d0 = divisor0, d1 = divisor1, d2 = divisor2, d3 = divisor3, v = divisorReciprocal, shift = divisorShift;",
    ...limbsOf("x"),
    ...limbsOf("y"),
    "let low: u64, high: u64, carry: u64;",
    ...product(),
    ...normalisation(),
    "let q: u64, q0: u64, h1: u64, h0: u64, m: u64, borrow: u64;",
    ...[3, 2, 1, 0].flatMap((j) => quotientLimb(j)),
    ...result(),
    "return true;",
    "}",
  ];
  return lines.join("\n");
}

function limbsOf(name: string): string[] {
  return [0, 1, 2, 3].map((i) => `const ${name}${i} = load<u64>(${name}, ${8 * i});`);
}

function product(): string[] {
  const lines: string[] = [];
  for (let i = 0; i < 4; i++) {
    lines.push("carry = 0;");
    for (let k = 0; k < 4; k++) {
      const at = i + k;
      lines.push(`low = x${i} * y${k}; high = mulHigh(x${i}, y${k});`);
      if (k > 0) lines.push("low += carry; high += u64(low < carry);");
      if (i === 0) lines.push(`let p${at} = low; carry = high;`);
      else lines.push(`p${at} += low; carry = high + u64(p${at} < low);`);
    }
    lines.push(`let p${i + 4} = carry;`);
  }
  return lines;
}

function normalisation(): string[] {
  const lines = ["const back = 63 - shift;", "if ((p7 >> 1) >> back) return false;"];
  for (let i = 7; i > 0; i--) lines.push(`p${i} = (p${i} << shift) | ((p${i - 1} >> 1) >> back);`);
  lines.push("p0 <<= shift;", "if (p7 >= d3) return false;");
  return lines;
}

/** Divides limbs j … j + 4. The highest becomes zero. */
function quotientLimb(j: number): string[] {
  const [r4, r3, r2, r1, r0] = [4, 3, 2, 1, 0].map((i) => `p${j + i}`);
  return [
    // The quotient would have 65 bits.
    `if (${r4} == d3 && ${r3} >= d2) return false;`,
    `q0 = v * ${r4} + ${r3};`,
    `q = mulHigh(v, ${r4}) + ${r4} + u64(q0 < ${r3});`,
    `h1 = ${r3} - q * d3;`,
    "low = d2 * q;",
    `h0 = ${r2} - low;`,
    `h1 = h1 - mulHigh(d2, q) - u64(${r2} < low);`,
    "borrow = u64(h0 < d2); h0 -= d2; h1 = h1 - d3 - borrow; q++;",
    // Without a branch, because none could be predicted.
    "m = <u64>-<i64>u64(h1 >= q0); q += m; low = d2 & m; h0 += low; h1 += (d3 & m) + u64(h0 < low);",
    "if (h1 > d3 || (h1 == d3 && h0 >= d2)) { q++; borrow = u64(h0 < d2); h0 -= d2; h1 = h1 - d3 - borrow; }",
    `low = q * d0; borrow = mulHigh(q, d0) + u64(${r0} < low); ${r0} -= low;`,
    `low = q * d1; m = low + borrow; borrow = mulHigh(q, d1) + u64(m < low) + u64(${r1} < m); ${r1} -= m;`,
    `${r2} = h0 - borrow; m = u64(h0 < borrow); ${r3} = h1 - m;`,
    // The quotient was one too high.
    "if (h1 < m) {",
    `${r0} += d0; carry = u64(${r0} < d0);`,
    `m = ${r1} + carry; carry = u64(m < carry); ${r1} = m + d1; carry += u64(${r1} < d1);`,
    `m = ${r2} + carry; carry = u64(m < carry); ${r2} = m + d2; carry += u64(${r2} < d2);`,
    `${r3} += d3 + carry;`,
    "}",
  ];
}

function result(): string[] {
  const limbs = [0, 1, 2, 3].map((i) =>
    i < 3 ? `(p${i} >> shift) | ((p${i + 1} << 1) << back)` : `p${i} >> shift`,
  );
  return [`setWord(out, ${limbs.join(", ")});`];
}
