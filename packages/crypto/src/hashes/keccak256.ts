import { hash } from "node:crypto";
import { bytesToHex, type Hex } from "@trellis/base";
import { INPUT_AT, openKeccak, RATE_BYTES } from "./keccakModule.ts";

/** OpenSSL becomes faster than WebAssembly between 0.5 and 1 kB (measured). */
const NATIVE_FROM_BYTES = 768;
const DIGEST_BYTES = 32;

const keccak = openKeccak();
const memory = new Uint8Array(keccak.memory.buffer);

/** 32 bytes. Original Keccak padding, not that of FIPS 202. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  if (bytes.length < NATIVE_FROM_BYTES) return absorb(bytes);
  const digest = hash("keccak-256", bytes, "buffer");
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
}

export function keccak256Hex(bytes: Uint8Array): Hex {
  return bytesToHex(keccak256(bytes));
}

function absorb(bytes: Uint8Array): Uint8Array {
  const blocks = Math.floor(bytes.length / RATE_BYTES) + 1;
  const inputEnd = INPUT_AT + bytes.length;
  const end = INPUT_AT + blocks * RATE_BYTES;
  memory.set(bytes, INPUT_AT);
  memory.fill(0, inputEnd, end);
  memory[inputEnd] = 0x01;
  memory[end - 1]! |= 0x80;
  keccak.absorb(blocks);
  return memory.slice(0, DIGEST_BYTES);
}
