/** Nonces a workgroup searches. */
export const WORKGROUP_SIZE = 64;
export const WORK_WORDS = 64;

/**
 * WGSL that searches a row of nonces, and lowers `found` to the index of the first whose hash is at most the target.
 * WGSL has no 64-bit integers: `vec2<u32>` holds the low and the high half.
 * @param hash functions, among them `fn hash(nonce: vec2<u32>) -> array<u32, 8>`, little-endian
 */
export function searchShader(hash: string): string {
  return `
struct Row { target_words: array<vec4<u32>, 2>, first: vec2<u32>, stride: vec2<u32>, count: u32 }
@group(0) @binding(0) var<uniform> work: array<vec4<u32>, ${WORK_WORDS / 4}>;
@group(0) @binding(1) var<uniform> matrix: array<vec4<u32>, 256>;
@group(0) @binding(2) var<uniform> row: Row;
@group(0) @binding(3) var<storage, read_write> found: atomic<u32>;
${hash}
fn multiply(a: u32, b: u32) -> vec2<u32> {
  let low = (a & 0xffff) * (b & 0xffff);
  let middle = (a >> 16) * (b & 0xffff) + (low >> 16);
  let other = (a & 0xffff) * (b >> 16) + (middle & 0xffff);
  return vec2<u32>((other << 16) | (low & 0xffff), (a >> 16) * (b >> 16) + (middle >> 16) + (other >> 16));
}
fn nonce_of(index: u32) -> vec2<u32> {
  let product = multiply(index, row.stride.x);
  let low = row.first.x + product.x;
  let carry = select(0u, 1u, low < product.x);
  return vec2<u32>(low, row.first.y + product.y + index * row.stride.y + carry);
}
fn is_at_most_target(words: array<u32, 8>) -> bool {
  for (var index = 7; index >= 0; index--) {
    let bound = row.target_words[index / 4][index % 4];
    if (words[index] != bound) { return words[index] < bound; }
  }
  return true;
}
@compute @workgroup_size(${WORKGROUP_SIZE})
fn search(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * ${WORKGROUP_SIZE} + local;
  if (index >= row.count) { return; }
  if (is_at_most_target(hash(nonce_of(index)))) { atomicMin(&found, index); }
}
`;
}
