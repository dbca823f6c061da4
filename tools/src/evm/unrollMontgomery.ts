/**
 * AssemblyScript source of arithmetic modulo a prime of four and of six limbs, all in locals. Multiplication is the
 * coarsely integrated operand scanning of Koç, Acar and Kaliski ("Analyzing and comparing Montgomery multiplication
 * algorithms", 1996), without the second carry limb, since both primes leave a bit free.
 */
export function unrollMontgomery(): string {
  const sizes = [
    ["Four", 4],
    ["Six", 6],
  ] as const;
  return [
    `import { mulHigh } from "../multiply";`,
    `import { inverse, p0, p1, p2, p3, p4, p5 } from "./fp";`,
    ...sizes.flatMap(([name, limbs]) => [
      multiplication(`multiply${name}`, limbs),
      addition(`add${name}`, limbs),
      subtraction(`subtract${name}`, limbs),
    ]),
  ].join("\n");
}

function addition(name: string, limbs: number): string {
  const lines = [
    `export function ${name}(out: usize, a: usize, b: usize): void {`,
    "let carry: u64 = 0, x: u64;",
  ];
  for (let i = 0; i < limbs; i++) {
    lines.push(`const q${i} = p${i};`);
    lines.push(`x = load<u64>(a, ${8 * i}) + carry; carry = u64(x < carry);`);
    lines.push(`const t${i} = x + load<u64>(b, ${8 * i}); carry += u64(t${i} < x);`);
  }
  return [...lines, ...subtractIfGreater(limbs), "}"].join("\n");
}

/** Adds the prime where the difference is negative. */
function subtraction(name: string, limbs: number): string {
  const lines = [
    `export function ${name}(out: usize, a: usize, b: usize): void {`,
    "let borrow: u64 = 0, x: u64, y: u64;",
  ];
  for (let i = 0; i < limbs; i++) {
    lines.push(`x = load<u64>(a, ${8 * i}); y = load<u64>(b, ${8 * i});`);
    lines.push(`const t${i} = x - y - borrow; borrow = u64(x < y) | (u64(x == y) & borrow);`);
  }
  lines.push("const mask = 0 - borrow;", "let carry: u64 = 0;");
  for (let i = 0; i < limbs; i++) {
    lines.push(`x = t${i} + carry; carry = u64(x < carry);`);
    lines.push(`y = x + (p${i} & mask); carry += u64(y < x);`);
    lines.push(`store<u64>(out, y, ${8 * i});`);
  }
  for (let i = limbs; i < 6; i++) lines.push(`store<u64>(out, 0, ${8 * i});`);
  return [...lines, "}"].join("\n");
}

function multiplication(name: string, limbs: number): string {
  const indexes = Array.from({ length: limbs }, (_, index) => index);
  return [
    `export function ${name}(out: usize, a: usize, b: usize): void {`,
    ...indexes.map((i) => `const a${i} = load<u64>(a, ${8 * i}), q${i} = p${i};`),
    ...indexes.map((i) => `const b${i} = load<u64>(b, ${8 * i});`),
    ...Array.from({ length: limbs + 1 }, (_, i) => `let t${i}: u64 = 0;`),
    "const inv = inverse;",
    "let low: u64, high: u64, carry: u64, m: u64;",
    ...indexes.flatMap((i) => [...addRow(i, limbs), ...reduceRow(limbs)]),
    ...subtractIfGreater(limbs),
    "}",
  ].join("\n");
}

/** t += a · b_i */
function addRow(i: number, limbs: number): string[] {
  const lines = ["carry = 0;"];
  for (let j = 0; j < limbs; j++) {
    lines.push(`low = a${j} * b${i}; high = mulHigh(a${j}, b${i});`);
    if (j > 0) lines.push("low += carry; high += u64(low < carry);");
    lines.push(i === 0 ? `t${j} = low; carry = high;` : `t${j} += low; carry = high + u64(t${j} < low);`);
  }
  lines.push(`t${limbs} = carry;`);
  return lines;
}

/** t = (t + m · p) / 2^64 for the m that makes the lowest limb zero. */
function reduceRow(limbs: number): string[] {
  const lines = ["m = t0 * inv;", "low = m * q0; carry = mulHigh(m, q0) + u64(t0 + low < low);"];
  for (let j = 1; j < limbs; j++) {
    lines.push(`low = m * q${j}; high = mulHigh(m, q${j});`);
    lines.push("low += carry; high += u64(low < carry);");
    lines.push(`t${j - 1} = t${j} + low; carry = high + u64(t${j - 1} < low);`);
  }
  lines.push(`t${limbs - 1} = t${limbs} + carry;`);
  return lines;
}

function subtractIfGreater(limbs: number): string[] {
  const lines = ["let borrow: u64 = 0;"];
  for (let i = 0; i < limbs; i++) {
    lines.push(`const s${i} = t${i} - q${i} - borrow;`);
    lines.push(`borrow = u64(t${i} < q${i}) | (u64(t${i} == q${i}) & borrow);`);
  }
  for (let i = 0; i < limbs; i++) lines.push(`store<u64>(out, borrow ? t${i} : s${i}, ${8 * i});`);
  for (let i = limbs; i < 6; i++) lines.push(`store<u64>(out, 0, ${8 * i});`);
  return lines;
}
