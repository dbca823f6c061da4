import fc from "fast-check";
import { expect, it } from "vitest";
import { eliminationOrder } from "./eliminationOrder.ts";
import { LaplacianSolver } from "./LaplacianSolver.ts";

const NODES = 12;
const EDGE = fc.tuple(
  fc.nat({ max: NODES - 1 }),
  fc.nat({ max: NODES - 1 }),
  fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true })),
);

it("the solution times the matrix equals the right-hand side, and fixed nodes stay", () => {
  const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), {
    minLength: NODES,
    maxLength: NODES,
  });
  const held = fc.array(fc.boolean(), { minLength: NODES, maxLength: NODES });
  fc.assert(
    fc.property(fc.array(EDGE, { maxLength: 40 }), values, held, (drawn, right, isHeld) => {
      const edges = drawn.filter(([a, b]) => a !== b);
      const from = Int32Array.from(edges, ([a]) => a);
      const to = Int32Array.from(edges, ([, b]) => b);
      const springs = Float64Array.from(edges, ([, , spring]) => spring);
      const order = eliminationOrder(
        NODES,
        edges.map(([a, b]) => [a, b] as const),
      );
      expect([...order].sort((a, b) => a - b)).toEqual([...Array(NODES).keys()]);
      const diagonal = new Float64Array(NODES).fill(0.5);
      const heldNodes = Uint8Array.from(isHeld, Number);
      const solver = new LaplacianSolver(order);
      const x = solver.solve(from, to, springs, diagonal, heldNodes, Float64Array.from(right));
      const product = x.map((value) => 0.5 * value);
      for (const [a, b, spring] of edges) {
        product[a]! += spring * (x[a]! - x[b]!);
        product[b]! += spring * (x[b]! - x[a]!);
      }
      for (let node = 0; node < NODES; node++) {
        if (isHeld[node]) expect(x[node]).toBe(0);
        else expect(Math.abs(product[node]! - right[node]!)).toBeLessThan(1e-6);
      }
    }),
    { numRuns: 200 },
  );
});

it("eliminates a tree from its leaves, and a star's centre last", () => {
  const order = eliminationOrder(5, [
    [0, 1],
    [0, 2],
    [0, 3],
    [0, 4],
  ]);
  expect(order.indexOf(0)).toBeGreaterThanOrEqual(3);
});
