/** In the ended frame's memory until copied. */
export let output: usize = 0;
export let outputLength: u32 = 0;

export function setOutput(at: usize, length: u32): void {
  output = at;
  outputLength = length;
}
