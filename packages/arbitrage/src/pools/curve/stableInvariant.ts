// Egorov, "StableSwap", 2019: A·n^n·Σx + D = A·D·n^n + D^(n+1) / (n^n·Πx), solved by Newton's method in
// integers. Balances have 18 decimals; `amplification` is A·n^(n−1) times `precision`.

const ROUNDS_MAX = 255;

export function invariantOf(
  balances: readonly bigint[],
  amplification: bigint,
  precision: bigint,
): bigint | undefined {
  const n = BigInt(balances.length);
  const sum = balances.reduce((total, balance) => total + balance, 0n);
  if (balances.some((balance) => balance <= 0n)) return undefined;
  const ann = amplification * n;
  let d = sum;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    let product = d;
    for (const balance of balances) product = (product * d) / (balance * n);
    const previous = d;
    d =
      (((ann * sum) / precision + product * n) * d) /
      (((ann - precision) * d) / precision + (n + 1n) * product);
    if (isSettled(d, previous)) return d;
  }
  return undefined;
}

export function balanceKeeping(
  d: bigint,
  at: number,
  balances: readonly bigint[],
  amplification: bigint,
  precision: bigint,
): bigint | undefined {
  const n = BigInt(balances.length);
  const ann = amplification * n;
  let sum = 0n;
  let c = d;
  for (const [place, balance] of balances.entries()) {
    if (place === at) continue;
    sum += balance;
    c = (c * d) / (balance * n);
  }
  c = (c * d * precision) / (ann * n);
  const b = sum + (d * precision) / ann;
  let y = d;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const previous = y;
    y = (y * y + c) / (2n * y + b - d);
    if (isSettled(y, previous)) return y;
  }
  return undefined;
}

function isSettled(a: bigint, b: bigint): boolean {
  const distance = a - b;
  return distance <= 1n && distance >= -1n;
}
