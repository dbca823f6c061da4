import { serveTasks } from "../workers/serveTasks.ts";
import { recoverPacked } from "./packedRecovery.ts";

serveTasks((requests: ArrayBuffer) => {
  const output = recoverPacked(requests);
  return { output, transfer: [output] };
});
