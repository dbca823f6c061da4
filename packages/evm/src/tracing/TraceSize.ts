import { evmErrors } from "../errors.ts";

/** Characters of JSON, roughly: more than whoever asks takes (RPC-17), and what a node can hold of it in memory. */
const TRACE_SIZE_MAX = 32 * 1024 * 1024;

/** Counts what traces will take as JSON while they grow, so that memory does not fill before anybody looks. */
export class TraceSize {
  #left = TRACE_SIZE_MAX;

  /** @throws CALL_TOO_LARGE */
  add(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0)
      throw evmErrors.CALL_TOO_LARGE({ reason: "trace too long", charactersMax: TRACE_SIZE_MAX });
  }
}
