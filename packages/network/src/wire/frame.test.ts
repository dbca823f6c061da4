import { createHash } from "node:crypto";
import { bytesEqual } from "@trellis/base";
import { expect, it } from "vitest";
import { FRAME_BYTES, frame, unframe } from "./frame.ts";

/** Of the compressor. */
const BUFFER_BYTES = 16_384;
const BYTES_MAX = 1 << 20;

it("NET-3: a message whose compressed size fills the compressor's buffer is one frame", () => {
  const noise = createHash("shake256", { outputLength: BUFFER_BYTES }).update("noise").digest();
  const sizes = new Set<number>();
  for (let bytes = BUFFER_BYTES - 80; bytes <= BUFFER_BYTES; bytes++) {
    const payload = new Uint8Array(bytes + 4_096);
    payload.set(noise.subarray(0, bytes));
    const message = frame(payload);
    sizes.add(message.length - FRAME_BYTES);
    expect(bytesEqual(unframe(message, BYTES_MAX), payload), `${bytes} bytes of noise`).toBe(true);
  }
  expect(sizes).toContain(BUFFER_BYTES);
});
