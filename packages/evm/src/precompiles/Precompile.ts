export interface PrecompileResult {
  readonly gasUsed: number;
  readonly output: Uint8Array;
}

/**
 * A precompiled contract: what it costs and what it gives; undefined when it fails, which takes all gas. When
 * the cost exceeds `gas` the output does not matter. `input` is only valid during the call.
 */
export type Precompile = (input: Uint8Array, gas: number) => PrecompileResult | undefined;

export const NO_OUTPUT = new Uint8Array(0);

/** Input as if zeros without end stood behind it. */
export function padded(input: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(input.length > length ? input.subarray(0, length) : input);
  return bytes;
}
