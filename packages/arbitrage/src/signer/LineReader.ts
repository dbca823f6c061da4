export class LineReader {
  readonly #lengthMax: number;
  #rest = "";

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  /** @returns undefined if a line is too long */
  add(part: string): readonly string[] | undefined {
    const [first = "", ...others] = part.split("\n");
    const lines = [this.#rest + first, ...others];
    if (lines.some(({ length }) => length > this.#lengthMax)) return undefined;
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
