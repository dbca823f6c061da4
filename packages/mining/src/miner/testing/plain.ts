import { serveTasks } from "@trellis/crypto";
import { createPowAlgorithm } from "../../algorithms/createPowAlgorithm.ts";
import { CONTROL_PLAIN, type MinerTask } from "../minerTask.ts";
import { searchNonces } from "../searchNonces.ts";

// A thread whose vectors compute wrongly.

serveTasks((task: MinerTask) => {
  Atomics.store(new Int32Array(task.control), CONTROL_PLAIN, 1);
  const work = createPowAlgorithm(task.parameters).prepare(task.sealRoot);
  return { output: searchNonces(work, task.target, task, 1_000_000).nonce };
});
