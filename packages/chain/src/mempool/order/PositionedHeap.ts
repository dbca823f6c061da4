interface Positioned {
  readonly at: number[];
}

export class PositionedHeap<N extends Positioned> {
  readonly nodes: N[] = [];
  readonly #before: (a: N, b: N) => boolean;
  readonly #place: number;

  constructor(before: (a: N, b: N) => boolean, place: number) {
    this.#before = before;
    this.#place = place;
  }

  get first(): N | undefined {
    return this.nodes[0];
  }

  insert(node: N): void {
    this.nodes.push(node);
    this.#rise(node, this.nodes.length - 1);
  }

  remove(node: N): void {
    const index = node.at[this.#place]!;
    const last = this.nodes.pop()!;
    if (last === node) return;
    this.#rise(last, index);
    if (last.at[this.#place] === index) this.#sink(last, index);
  }

  #rise(node: N, from: number): void {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.nodes[above]!;
      if (!this.#before(node, parent)) break;
      this.#put(parent, index);
      index = above;
    }
    this.#put(node, index);
  }

  #sink(node: N, from: number): void {
    const { nodes } = this;
    let index = from;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= nodes.length) break;
      if (below + 1 < nodes.length && this.#before(nodes[below + 1]!, nodes[below]!)) below += 1;
      const child = nodes[below]!;
      if (!this.#before(child, node)) break;
      this.#put(child, index);
      index = below;
    }
    this.#put(node, index);
  }

  #put(node: N, index: number): void {
    this.nodes[index] = node;
    node.at[this.#place] = index;
  }
}
