import { randomFillSync } from "node:crypto";
import type { Random } from "@trellis/base";

export const systemRandom: Random = { bytes: (count) => randomFillSync(new Uint8Array(count)) };
