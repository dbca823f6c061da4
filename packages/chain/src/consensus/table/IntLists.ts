/** Stores all lists in one array, to reduce garbage collection. */
export class IntLists {
  #data = new Int32Array(1 << 12);
  #end = 0;
  #starts = new Int32Array(1 << 8);
  #lengths = new Int32Array(1 << 8);
  #capacities = new Int32Array(1 << 8);
  /** Free chunks by log2 of their capacity. */
  readonly #abandoned: number[][] = Array.from({ length: 32 }, () => []);

  grow(count: number): void {
    this.#starts = grownInt32(this.#starts, count);
    this.#lengths = grownInt32(this.#lengths, count);
    this.#capacities = grownInt32(this.#capacities, count);
  }

  length(list: number): number {
    return this.#lengths[list]!;
  }

  at(list: number, index: number): number {
    return this.#data[this.#starts[list]! + index]!;
  }

  /** Valid until the next write. */
  get data(): Int32Array {
    return this.#data;
  }

  start(list: number): number {
    return this.#starts[list]!;
  }

  toArray(list: number): number[] {
    const start = this.#starts[list]!;
    return Array.from(this.#data.subarray(start, start + this.#lengths[list]!));
  }

  set(list: number, values: ArrayLike<number>): void {
    this.clear(list);
    if (values.length === 0) return;
    this.#starts[list] = this.#claim(values.length);
    this.#capacities[list] = values.length;
    this.#lengths[list] = values.length;
    this.#data.set(values, this.#starts[list]);
  }

  insert(list: number, index: number, value: number): void {
    const length = this.#lengths[list]!;
    if (length === this.#capacities[list]!) this.#widen(list);
    const at = this.#starts[list]! + index;
    const end = this.#starts[list]! + length;
    if (at < end) this.#data.copyWithin(at + 1, at, end);
    this.#data[at] = value;
    this.#lengths[list] = length + 1;
  }

  push(list: number, value: number): void {
    this.insert(list, this.#lengths[list]!, value);
  }

  removeAt(list: number, index: number): void {
    const start = this.#starts[list]!;
    const length = this.#lengths[list]!;
    this.#data.copyWithin(start + index, start + index + 1, start + length);
    this.#lengths[list] = length - 1;
  }

  clear(list: number): void {
    const capacity = this.#capacities[list]!;
    if (isPowerOfTwo(capacity)) this.#abandoned[log2(capacity)]!.push(this.#starts[list]!);
    this.#lengths[list] = 0;
    this.#capacities[list] = 0;
  }

  renumbered(numbers: Int32Array, count: number, flagBits = 0): IntLists {
    const lists = new IntLists();
    lists.grow(count);
    lists.#data = new Int32Array(Math.max(this.#end, 1));
    const flags = (1 << flagBits) - 1;
    for (let old = 0; old < numbers.length; old++) {
      const list = numbers[old]!;
      if (list < 0) continue;
      const start = lists.#end;
      const end = this.#starts[old]! + this.#lengths[old]!;
      for (let at = this.#starts[old]!; at < end; at++) {
        const entry = this.#data[at]!;
        const number = numbers[entry >>> flagBits]!;
        if (number >= 0) lists.#data[lists.#end++] = (number << flagBits) | (entry & flags);
      }
      lists.#starts[list] = start;
      lists.#lengths[list] = lists.#end - start;
      lists.#capacities[list] = lists.#end - start;
    }
    return lists;
  }

  some(list: number, test: (value: number) => boolean): boolean {
    const end = this.#starts[list]! + this.#lengths[list]!;
    for (let at = this.#starts[list]!; at < end; at++) if (test(this.#data[at]!)) return true;
    return false;
  }

  forEach(list: number, visit: (value: number) => void): void {
    const end = this.#starts[list]! + this.#lengths[list]!;
    for (let at = this.#starts[list]!; at < end; at++) visit(this.#data[at]!);
  }

  get bytes(): number {
    return this.#data.byteLength + 3 * this.#starts.byteLength;
  }

  #widen(list: number): void {
    const capacity = this.#capacities[list]!;
    const wider = capacity === 0 ? SMALLEST : 2 ** (log2(capacity) + 1);
    const start = this.#abandoned[log2(wider)]!.pop() ?? this.#claim(wider);
    const from = this.#starts[list]!;
    this.#data.copyWithin(start, from, from + this.#lengths[list]!);
    if (isPowerOfTwo(capacity)) this.#abandoned[log2(capacity)]!.push(from);
    this.#starts[list] = start;
    this.#capacities[list] = wider;
  }

  #claim(size: number): number {
    const start = this.#end;
    this.#end += size;
    this.#data = grownInt32(this.#data, this.#end);
    return start;
  }
}

const SMALLEST = 4;

function log2(value: number): number {
  return 31 - Math.clz32(value);
}

function isPowerOfTwo(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0;
}

export function grownInt32(array: Int32Array<ArrayBuffer>, count: number): Int32Array<ArrayBuffer> {
  if (count <= array.length) return array;
  const grown = new Int32Array(roomFor(count));
  grown.set(array);
  return grown;
}

export function grownFloat64(array: Float64Array<ArrayBuffer>, count: number): Float64Array<ArrayBuffer> {
  if (count <= array.length) return array;
  const grown = new Float64Array(roomFor(count));
  grown.set(array);
  return grown;
}

function roomFor(count: number): number {
  return Math.max(256, Math.ceil(count * 1.5));
}
