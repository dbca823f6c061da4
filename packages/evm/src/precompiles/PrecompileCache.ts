import { bytesToKey, LruMap } from "@trellis/base";
import { sha256 } from "@trellis/crypto";
import type { Precompile, PrecompileResult } from "./Precompile.ts";

/** Keys and results of all entries, roughly: those of ten full blocks or more. Bytes */
const BYTES_MAX = 16 << 20;
/** Of a key, a result and the map, beside the output. Bytes */
const ENTRY_BYTES = 256;

/** By address: what takes several times as long as a look into the cache at its lowest price. */
const CACHED = new Set([0x01, 0x05, 0x07, 0x08, 0x09, 0x0a, 0x12, 0x13]);

interface Entry {
  readonly result: PrecompileResult | undefined;
  /** What was given: a failure is one at this much gas or less. */
  readonly gas: number;
}

/**
 * Results of precompiles by address and input. Blocks run most transactions several times: in this node's template, in
 * the block of another miner, after a reorganisation. [EVM-19]
 */
export class PrecompileCache {
  readonly #entries = new LruMap<string, Entry>(BYTES_MAX, sizeOf);

  /** What `run` gives, from an earlier run if there was one. */
  run(id: number, run: Precompile, input: Uint8Array, gas: number): PrecompileResult | undefined {
    if (!CACHED.has(id)) return run(input, gas);
    const key = keyOf(id, input);
    const known = this.#entries.get(key);
    if (known !== undefined && (known.result !== undefined || gas <= known.gas)) return known.result;
    const result = run(input, gas);
    // A precompile that the gas does not pay for has not run.
    if (result === undefined || result.gasUsed <= gas) this.#entries.set(key, { result, gas });
    return result;
  }
}

function keyOf(id: number, input: Uint8Array): string {
  return id + bytesToKey(sha256(input));
}

function sizeOf({ result }: Entry): number {
  return ENTRY_BYTES + (result?.output.length ?? 0);
}
