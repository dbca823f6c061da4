/** Opens a file from its beginning, each time that it is called. */
export type ImportSource = () => AsyncIterable<Uint8Array>;

/** One line that cannot be entered. */
export interface BadLine {
  /** From 1, the header among them. */
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

export interface ImportReport {
  readonly name: string;
  /** Entered whole, or nothing of it. */
  readonly status: "entered" | "refused";
  /** Without the header and empty lines. */
  readonly lineCount: number;
  readonly enteredCount: number;
  /** Entries that were in the ledger before. */
  readonly replayedCount: number;
  /** Of all bad lines. */
  readonly badCounts: Readonly<Record<string, number>>;
  /** The first of them, {@link BAD_LINES_KEPT} at most. */
  readonly badLines: readonly BadLine[];
}

export const BAD_LINES_KEPT = 1_000;

export interface ImportProgress {
  readonly phase: "read" | "enter";
  readonly lines: number;
  /** Known as soon as the file was read. */
  readonly total: number | undefined;
}

export interface ImportOptions {
  readonly signal?: AbortSignal;
  readonly report?: (progress: ImportProgress) => void;
  /** Hears of every bad line, in a file that is long as well; after an interruption, of those that follow it. */
  readonly badLine?: (line: BadLine) => void;
}

/** Gathers bad lines within bounds. */
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
