const DOUBLINGS_MAX = 128;

export function leastInput(
  outputOf: (amountIn: bigint) => bigint,
  wanted: bigint,
  estimate: bigint,
): bigint | undefined {
  let enough = estimate;
  for (let step = 1n, tries = 0; outputOf(enough) < wanted; step *= 2n, tries++) {
    if (tries === DOUBLINGS_MAX) return undefined;
    enough += step;
  }
  let tooLittle = enough - 1n;
  for (let step = 1n; tooLittle > 0n && outputOf(tooLittle) >= wanted; step *= 2n) {
    enough = tooLittle;
    tooLittle -= step;
  }
  if (tooLittle < 0n) tooLittle = 0n;
  while (enough - tooLittle > 1n) {
    const middle = (enough + tooLittle) / 2n;
    if (outputOf(middle) >= wanted) enough = middle;
    else tooLittle = middle;
  }
  return enough;
}
