export interface PrecompileResult {
  readonly gasUsed: number;
  readonly output: Uint8Array;
}

/**
 * Undefined means failure, which consumes all gas. Output is ignored if gasUsed exceeds `gas`. Do not keep
 * `input`.
 */
export type Precompile = (input: Uint8Array, gas: number) => PrecompileResult | undefined;

export const NO_OUTPUT = new Uint8Array(0);

export function padded(input: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(input.length > length ? input.subarray(0, length) : input);
  return bytes;
}
