/** Number of a local, or a constant. */
export type Limb = number | bigint;
export type Limbs = [Limb, Limb, Limb, Limb];

/**
 * A word in one or more of three forms: four limbs, a local that is 0 or 1, or the stack slot in memory that holds it.
 * Slots are numbered from the top of the stack at the start of the function; slots that the function found there are
 * negative.
 */
export interface Value {
  limbs?: Limbs;
  flag?: number;
  slot?: number;
}

const LIMB_MASK = (1n << 64n) - 1n;

export function constantValue(value: bigint): Value {
  return {
    limbs: [value & LIMB_MASK, (value >> 64n) & LIMB_MASK, (value >> 128n) & LIMB_MASK, value >> 192n],
  };
}

export function constantOf({ limbs }: Value): bigint | undefined {
  if (limbs === undefined) return undefined;
  const [a, b, c, d] = limbs;
  if (typeof a !== "bigint" || typeof b !== "bigint" || typeof c !== "bigint" || typeof d !== "bigint")
    return undefined;
  return (d << 192n) | (c << 128n) | (b << 64n) | a;
}

/** What is known at one point of a function: the stack, and the gas and memory that were already dealt with. */
export class State {
  /** The stack's values from slot `bottom` on; slots below are in memory. */
  readonly values: Value[];
  bottom: number;
  /** Static gas not yet subtracted. */
  gas = 0;
  /** Static gas since the start of the function. */
  pathGas = 0;
  /** Whether instructions used gas that the check at the start did not cover. */
  isUnsure = false;
  /** Lower bound of the size of EVM memory. */
  memorySize = 0;

  constructor(values: Value[] = [], bottom = 0) {
    this.values = values;
    this.bottom = bottom;
  }

  get height(): number {
    return this.bottom + this.values.length;
  }

  push(value: Value): void {
    this.values.push(value);
  }

  pop(): Value {
    this.#need(1);
    return this.values.pop()!;
  }

  duplicate(depth: number): void {
    this.#need(depth);
    this.values.push(this.values[this.values.length - depth]!);
  }

  swap(depth: number): void {
    this.#need(depth + 1);
    const top = this.values.length - 1;
    const other = top - depth;
    [this.values[top], this.values[other]] = [this.values[other]!, this.values[top]!];
  }

  #need(count: number): void {
    while (this.values.length < count) {
      this.bottom--;
      this.values.unshift({ slot: this.bottom });
    }
  }

  /** Locals that one branch loads are not loaded in the other. */
  fork(): State {
    const copies = new Map<Value, Value>();
    const values = this.values.map((value) => {
      let copy = copies.get(value);
      if (copy === undefined) {
        copy = { ...value };
        copies.set(value, copy);
      }
      return copy;
    });
    const fork = new State(values, this.bottom);
    fork.gas = this.gas;
    fork.pathGas = this.pathGas;
    fork.isUnsure = this.isUnsure;
    fork.memorySize = this.memorySize;
    return fork;
  }

  addLocals(live: Set<number>): void {
    for (const { limbs, flag } of this.values) {
      if (flag !== undefined) live.add(flag);
      if (limbs !== undefined) for (const limb of limbs) if (typeof limb === "number") live.add(limb);
    }
  }
}
