import { describe, expect, it } from "vitest";
import { layoutRoute } from "./routeLayout.ts";

const SIZE = { width: 400, height: 240, radius: 20, margin: 80 };
const address = (digit: number) => `0x${String(digit).repeat(40)}` as const;
const hopsOf = (...tokens: number[]) =>
  tokens.slice(1).map((token, index) => ({
    kind: "swapV2",
    pool: address(9 - index),
    tokenIn: address(tokens[index]!),
    tokenOut: address(token),
  }));

describe("a route's picture", () => {
  it.each([2, 3, 4, 7])("has %d tokens inside of it, apart from each other, and an arc a hop", (count) => {
    const tokens = Array.from({ length: count }, (_, index) => index + 1);
    const { places, edges } = layoutRoute(hopsOf(...tokens, 1), SIZE);
    expect(places).toHaveLength(count);
    expect(edges).toHaveLength(count);
    for (const { x, y } of places) {
      expect(x).toBeGreaterThan(SIZE.radius);
      expect(x).toBeLessThan(SIZE.width - SIZE.radius);
      expect(y).toBeGreaterThan(SIZE.radius);
      expect(y).toBeLessThan(SIZE.height - SIZE.radius);
    }
    const words = edges.map(({ x, y }) => `${x.toFixed(0)} ${y.toFixed(0)}`);
    expect(new Set(words).size).toBe(count);
  });

  it("draws a way there and back over two pools as two arcs, and one that does not come back", () => {
    const [there, back] = layoutRoute(hopsOf(1, 2, 1), SIZE).edges;
    expect(Math.abs(there!.y - back!.y)).toBeGreaterThan(20);
    expect(layoutRoute(hopsOf(1, 2, 3), SIZE).places).toHaveLength(3);
    expect(layoutRoute([], SIZE)).toEqual({ places: [], edges: [] });
  });
});
