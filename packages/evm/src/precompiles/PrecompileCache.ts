import { bytesToKey, LruMap } from "@trellis/base";
import { sha256 } from "@trellis/crypto";
import type { Precompile, PrecompileResult } from "./Precompile.ts";

/** Fits the results of ten full blocks. */
const BYTES_MAX = 16 << 20;
const ENTRY_BYTES = 256;

/** Precompiles whose cheapest calls take several times as long as a lookup. */
const CACHED = new Set([
  ...[0x01, 0x05, 0x07, 0x08, 0x09, 0x0a],
  ...[0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x100],
]);

interface Entry {
  readonly result: PrecompileResult | undefined;
  /** A cached failure applies up to this gas. */
  readonly gas: number;
}

/** Most transactions run several times. [EVM-19] */
export class PrecompileCache {
  #entries = new LruMap<string, Entry>(BYTES_MAX, sizeOf);

  /** Call when prices change. */
  clear(): void {
    this.#entries = new LruMap(BYTES_MAX, sizeOf);
  }

  run(id: number, run: Precompile, input: Uint8Array, gas: number): PrecompileResult | undefined {
    if (!CACHED.has(id)) return run(input, gas);
    const key = keyOf(id, input);
    const known = this.#entries.get(key);
    if (known !== undefined && (known.result !== undefined || gas <= known.gas)) return known.result;
    const result = run(input, gas);
    // With too little gas, the precompile has not run.
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
