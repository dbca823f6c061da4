export type ImportSource = () => AsyncIterable<Uint8Array>;

export interface BadLine {
  /** 1-based; the header is line 1. */
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

export interface ImportReport {
  readonly name: string;
  readonly status: "entered" | "refused";
  /** Excludes the header and empty lines. */
  readonly lineCount: number;
  readonly enteredCount: number;
  readonly replayedCount: number;
  readonly badCounts: Readonly<Record<string, number>>;
  /** At most {@link BAD_LINES_KEPT}. */
  readonly badLines: readonly BadLine[];
}

export const BAD_LINES_KEPT = 1_000;

export interface ImportProgress {
  readonly phase: "read" | "enter";
  readonly lines: number;
  readonly total: number | undefined;
}

export interface ImportOptions {
  readonly signal?: AbortSignal;
  readonly report?: (progress: ImportProgress) => void;
  /** A resumed import reports only newly read lines. */
  readonly badLine?: (line: BadLine) => void;
}

export class BadLines {
  readonly counts: Record<string, number>;
  readonly first: BadLine[];
  readonly #hear: (line: BadLine) => void;

  constructor(
    counts: Readonly<Record<string, number>> = {},
    first: readonly BadLine[] = [],
    hear: (line: BadLine) => void = () => {},
  ) {
    this.counts = { ...counts };
    this.first = [...first];
    this.#hear = hear;
  }

  get isEmpty(): boolean {
    return this.first.length === 0;
  }

  add(line: number, { code, message }: { readonly code: string; readonly message: string }): void {
    const bad = { line, code, message };
    this.counts[code] = (this.counts[code] ?? 0) + 1;
    if (this.first.length < BAD_LINES_KEPT) this.first.push(bad);
    this.#hear(bad);
  }
}
