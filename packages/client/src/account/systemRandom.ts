import type { Random } from "@trellis/base";

/** Of browsers and Node.js. */
export const systemRandom: Random = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) };
