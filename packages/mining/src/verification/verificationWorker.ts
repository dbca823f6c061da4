import { serveTasks } from "@trellis/crypto";
import { createAlgorithmCache } from "../algorithms/algorithmCache.ts";
import { hashPacked } from "./packedWork.ts";

const algorithms = createAlgorithmCache();

serveTasks((works: ArrayBuffer) => {
  const output = hashPacked(works, algorithms);
  return { output, transfer: [output] };
});
