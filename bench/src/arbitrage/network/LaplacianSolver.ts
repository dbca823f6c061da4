/**
 * Solves (L + D)·x = r for the Laplacian L of a spring network and a diagonal D ≥ 0, by LDLᵀ along the
 * elimination tree (Davis: Algorithm 849, 2005).
 */
export class LaplacianSolver {
  readonly #rank: Int32Array;
  readonly #order: Int32Array;
  readonly #count: number;
  #rows = new Int32Array(1024);
  #values = new Float64Array(1024);

  constructor(order: Int32Array) {
    this.#order = order;
    this.#count = order.length;
    this.#rank = new Int32Array(order.length);
    for (const [rank, node] of order.entries()) this.#rank[node] = rank;
  }

  /** @param springs at least 0; a spring to a held node pulls towards 0 @param diagonal above 0 */
  solve(
    from: Int32Array,
    to: Int32Array,
    springs: Float64Array,
    diagonal: Float64Array,
    isHeld: Uint8Array,
    right: Float64Array,
  ): Float64Array {
    const upper = this.#assemble(from, to, springs, diagonal, isHeld);
    const { parent, start } = this.#analyse(upper);
    const pivots = this.#factor(upper, parent, start);
    const x = new Float64Array(this.#count);
    for (let rank = 0; rank < this.#count; rank++) {
      const node = this.#order[rank]!;
      x[rank] = isHeld[node] === 1 ? 0 : right[node]!;
    }
    for (let column = 0; column < this.#count; column++)
      for (let at = start[column]!; at < start[column + 1]!; at++)
        x[this.#rows[at]!]! -= this.#values[at]! * x[column]!;
    for (let column = 0; column < this.#count; column++) x[column]! /= pivots[column]!;
    for (let column = this.#count - 1; column >= 0; column--)
      for (let at = start[column]!; at < start[column + 1]!; at++)
        x[column]! -= this.#values[at]! * x[this.#rows[at]!]!;
    const solution = new Float64Array(this.#count);
    for (let rank = 0; rank < this.#count; rank++) solution[this.#order[rank]!] = x[rank]!;
    return solution;
  }

  #assemble(
    from: Int32Array,
    to: Int32Array,
    springs: Float64Array,
    diagonal: Float64Array,
    isHeld: Uint8Array,
  ): Upper {
    const pivots = new Float64Array(this.#count);
    for (let rank = 0; rank < this.#count; rank++) {
      const node = this.#order[rank]!;
      pivots[rank] = isHeld[node] === 1 ? 1 : diagonal[node]!;
    }
    const start = new Int32Array(this.#count + 1);
    for (let edge = 0; edge < springs.length; edge++) {
      const spring = springs[edge]!;
      if (!(spring > 0)) continue;
      const [a, b] = [from[edge]!, to[edge]!];
      if (isHeld[a] === 0) pivots[this.#rank[a]!]! += spring;
      if (isHeld[b] === 0) pivots[this.#rank[b]!]! += spring;
      if (isHeld[a] === 0 && isHeld[b] === 0) start[Math.max(this.#rank[a]!, this.#rank[b]!) + 1]!++;
    }
    for (let column = 0; column < this.#count; column++) start[column + 1]! += start[column]!;
    const next = start.slice();
    const rows = new Int32Array(start[this.#count]!);
    const values = new Float64Array(start[this.#count]!);
    for (let edge = 0; edge < springs.length; edge++) {
      const [a, b] = [from[edge]!, to[edge]!];
      if (!(springs[edge]! > 0) || isHeld[a] === 1 || isHeld[b] === 1) continue;
      const [low, high] = [
        Math.min(this.#rank[a]!, this.#rank[b]!),
        Math.max(this.#rank[a]!, this.#rank[b]!),
      ];
      const at = next[high]!++;
      rows[at] = low;
      values[at] = -springs[edge]!;
    }
    return { start, rows, values, pivots };
  }

  #analyse({ start, rows }: Upper): { parent: Int32Array; start: Int32Array } {
    const parent = new Int32Array(this.#count).fill(-1);
    const seen = new Int32Array(this.#count).fill(-1);
    const sizes = new Int32Array(this.#count);
    for (let column = 0; column < this.#count; column++) {
      seen[column] = column;
      for (let at = start[column]!; at < start[column + 1]!; at++) {
        for (let row = rows[at]!; seen[row] !== column; row = parent[row]!) {
          if (parent[row] === -1) parent[row] = column;
          sizes[row]!++;
          seen[row] = column;
        }
      }
    }
    const factorStart = new Int32Array(this.#count + 1);
    for (let column = 0; column < this.#count; column++)
      factorStart[column + 1] = factorStart[column]! + sizes[column]!;
    const size = factorStart[this.#count]!;
    if (size > this.#rows.length) {
      this.#rows = new Int32Array(2 * size);
      this.#values = new Float64Array(2 * size);
    }
    return { parent, start: factorStart };
  }

  #factor(upper: Upper, parent: Int32Array, start: Int32Array): Float64Array {
    const [rowsOf, valuesOf] = [this.#rows, this.#values];
    const { pivots } = upper;
    const sums = new Float64Array(this.#count);
    const pattern = new Int32Array(this.#count);
    const seen = new Int32Array(this.#count).fill(-1);
    const filled = start.slice();
    for (let column = 0; column < this.#count; column++) {
      let top = this.#count;
      seen[column] = column;
      for (let at = upper.start[column]!; at < upper.start[column + 1]!; at++) {
        let row = upper.rows[at]!;
        sums[row]! += upper.values[at]!;
        let length = 0;
        for (; seen[row] !== column; row = parent[row]!) {
          pattern[length++] = row;
          seen[row] = column;
        }
        while (length > 0) pattern[--top] = pattern[--length]!;
      }
      for (; top < this.#count; top++) {
        const row = pattern[top]!;
        const sum = sums[row]!;
        sums[row] = 0;
        const end = filled[row]!;
        for (let at = start[row]!; at < end; at++) sums[rowsOf[at]!]! -= valuesOf[at]! * sum;
        const value = sum / pivots[row]!;
        pivots[column]! -= value * sum;
        rowsOf[end] = column;
        valuesOf[end] = value;
        filled[row] = end + 1;
      }
    }
    return pivots;
  }
}

interface Upper {
  readonly start: Int32Array;
  readonly rows: Int32Array;
  readonly values: Float64Array;
  readonly pivots: Float64Array;
}
