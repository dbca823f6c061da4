import { serveTasks } from "@trellis/crypto";
import { createAlgorithmCache } from "../algorithms/algorithmCache.ts";
import { verifyPacked } from "./packedWork.ts";

const algorithms = createAlgorithmCache();

serveTasks((works: ArrayBuffer) => {
  const output = verifyPacked(works, algorithms);
  return { output, transfer: [output] };
});
