import { amountOutOf, type Curve } from "./Curve.ts";

interface Walk {
  /** Base units. */
  readonly amountIn: number;
  readonly profit: number;
  readonly isAtEnd: boolean;
}

interface Position {
  readonly curve: Curve;
  index: number;
  reserveIn: number;
  reserveOut: number;
  kept: number;
  left: number;
}

/**
 * While each leg stays on one stretch, out(x) = K·x / (M + N·x). Each step goes to the maximum or the nearest
 * stretch end.
 */
export function walkCurves(curves: readonly Curve[]): Walk {
  const positions = curves.map(startOf);
  let amountIn = 0;
  let profit = 0;
  for (;;) {
    if (positions.some(({ left }) => !(left > 0))) return { amountIn, profit, isAtEnd: amountIn > 0 };
    const { input, limiting } = nextStop(positions);
    if (!(input > 0)) return { amountIn, profit, isAtEnd: false };
    amountIn += input;
    profit += advance(positions, input) - input;
    if (limiting === undefined) return { amountIn, profit, isAtEnd: false };
    for (const position of positions)
      if (position === limiting || position.left <= 0) enter(position, position.index + 1);
  }
}

function startOf(curve: Curve): Position {
  const position: Position = { curve, index: 0, reserveIn: 0, reserveOut: 0, kept: 0, left: 0 };
  enter(position, 0);
  return position;
}

function enter(position: Position, index: number): void {
  position.index = index;
  let stretch = position.curve.stretch(index);
  while (stretch !== undefined && !(stretch.inputMax > 0)) stretch = position.curve.stretch(++position.index);
  position.reserveIn = stretch?.reserveIn ?? 0;
  position.reserveOut = stretch?.reserveOut ?? 0;
  position.kept = 1 - (stretch?.fee ?? 0);
  position.left = stretch?.inputMax ?? 0;
}

function nextStop(positions: readonly Position[]): { input: number; limiting?: Position } {
  // out(x) = k·x / (1 + n·x) before the leg, scaled to M = 1.
  let k = 1;
  let n = 0;
  let nearest = Number.POSITIVE_INFINITY;
  let limiting: Position | undefined;
  for (const position of positions) {
    const { left, reserveIn, reserveOut, kept } = position;
    const input = left < k / n ? left / (k - left * n) : Number.POSITIVE_INFINITY;
    if (input < nearest) {
      nearest = input;
      limiting = position;
    }
    const used = kept / reserveIn;
    n += k * used;
    k *= used * reserveOut;
  }
  if (k <= 1) return { input: 0 };
  const best = (Math.sqrt(k) - 1) / n;
  return limiting !== undefined && nearest < best ? { input: nearest, limiting } : { input: best };
}

function advance(positions: readonly Position[], input: number): number {
  let amount = input;
  for (const position of positions) {
    const out = amountOutOf(position.reserveIn, position.reserveOut, position.kept, amount);
    position.reserveIn += position.kept * amount;
    position.reserveOut -= out;
    position.left -= amount;
    amount = out;
  }
  return amount;
}
