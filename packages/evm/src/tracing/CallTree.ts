import type { Address, Hash } from "@trellis/protocol";
import type { FrameEnd, FrameStart } from "./TraceHooks.ts";
import type { TraceSize } from "./TraceSize.ts";

export interface Call {
  readonly start: Omit<FrameStart, "depth">;
  end: Pick<FrameEnd, "output" | "gasUsed" | "failure"> | undefined;
  readonly calls: Call[];
  readonly logs: Log[];
}

export interface Log {
  readonly address: Address;
  readonly topics: readonly Hash[];
  readonly data: Uint8Array;
  readonly position: number;
}

/** Copies of a transaction's frames. */
export class CallTree {
  root: Call | undefined;
  readonly #running: Call[] = [];
  readonly #size: TraceSize;
  readonly #charactersAt: (depth: number) => number;

  /** @param charactersAt JSON characters of a frame without its data */
  constructor(size: TraceSize, charactersAt: (depth: number) => number) {
    this.#size = size;
    this.#charactersAt = charactersAt;
  }

  get innermost(): Call | undefined {
    return this.#running.at(-1);
  }

  enter(start: FrameStart): void {
    const call: Call = { start: { ...start }, end: undefined, calls: [], logs: [] };
    this.#size.add(this.#charactersAt(start.depth) + 2 * call.start.input.length);
    if (start.depth === 0) this.root = call;
    else this.innermost!.calls.push(call);
    this.#running.push(call);
  }

  exit(end: FrameEnd): Call {
    const call = this.#running.pop()!;
    call.end = { ...end };
    this.#size.add(2 * call.end.output.length);
    return call;
  }
}
