import { evmErrors } from "../errors.ts";

/** JSON characters, above RPC-17's limit. */
const TRACE_SIZE_MAX = 32 * 1024 * 1024;

export class TraceSize {
  #left = TRACE_SIZE_MAX;

  /** @throws CALL_TOO_LARGE */
  add(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0)
      throw evmErrors.CALL_TOO_LARGE({ reason: "trace too long", charactersMax: TRACE_SIZE_MAX });
  }
}
