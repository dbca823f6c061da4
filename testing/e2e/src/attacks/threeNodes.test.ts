import { describeAttacks } from "./describeAttacks.ts";
import { executions } from "./kinds/executions.ts";
import { peers } from "./kinds/peers.ts";

describeAttacks(
  "three nodes stay usable during",
  ["--nodes", "3", "--block-time", "100"],
  [
    "none",
    ...Object.keys(executions),
    "closedCalls",
    "proofs",
    "fullBlocks",
    "randomSignatures",
    "agileSignatures",
    ...Object.keys(peers),
  ],
);
