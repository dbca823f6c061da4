import { createBLAKE3 } from "hash-wasm";

const hasher = await createBLAKE3();

export function blake3(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest("binary");
}
