import { defineErrors } from "@trellis/base";

export const miningErrors = defineErrors({
  MINING_ABORTED: {
    message: "nonce search aborted",
    hint: "restart with the newest template",
    consequence: "ignore",
  },
  GPU_UNAVAILABLE: {
    message: "the GPU cannot mine",
    hint: "the CPU mines instead; install the GPU's Vulkan driver, or replace a GPU that computes wrongly",
    consequence: "ignore",
    facts: { reason: "string" },
  },
  MINING_UNAVAILABLE: {
    message: "node offers no templates",
    hint: "wait until the node is synced, or use another node",
    consequence: "retry",
    facts: { reason: "string" },
  },
  MINING_LIMITED: {
    message: "miner exceeds a limit of the node",
    hint: "submit fewer wrong nonces, and use fewer reward addresses",
    consequence: "retry",
    facts: { reason: "string", max: "number?", retryAfterS: "number?" },
  },
  MINING_BUSY: {
    message: "node has no time left for the nonce",
    hint: "submit it again while its template lives, or continue with a newer template",
    consequence: "retry",
    facts: { reason: "string", max: "number?", retryAfterS: "number?" },
  },
  STRATUM_PORT_UNAVAILABLE: {
    message: "Stratum port unavailable",
    hint: "stop the program that uses the port, or choose another --stratum-port",
    consequence: "fatal",
    facts: { host: "string", port: "number", reason: "string" },
  },
  TEMPLATE_UNKNOWN: {
    message: "template unknown or expired",
    hint: "continue with the newest template",
    consequence: "ignore",
    facts: { template: "string" },
  },
  WORK_DUPLICATE: {
    message: "nonce already submitted",
    hint: "give each miner another range of nonces",
    consequence: "ignore",
    facts: { template: "string", nonce: "bigint" },
  },
  WORK_INSUFFICIENT: {
    message: "hash of the nonce exceeds the target",
    hint: "check the miner's algorithm, seal root and target; a faulty device also computes wrong hashes",
    consequence: "reject",
    facts: { template: "string", nonce: "bigint", target: "bigint" },
  },
});
