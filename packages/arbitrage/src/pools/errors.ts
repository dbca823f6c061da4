import { defineErrors } from "@trellis/base";

export const poolErrors = defineErrors({
  BRANCH_LOST: {
    message: "block does not extend the followed branch",
    hint: "no action needed: all pools are read again at the head; if this repeats, the engine is too slow or the node returns wrong logs, so use another node",
    consequence: "retry",
  },
  POOL_INVALID: {
    message: "invalid pool state",
    hint: "read the pool again; if this continues, the contract has another kind and the pool is excluded",
    consequence: "reject",
  },
  SWAP_INVALID: {
    message: "invalid swap",
    hint: "use two token indexes of the pool and an amount within its contract's range",
    consequence: "reject",
  },
  SWAP_WOULD_REVERT: {
    message: "swap would revert",
    hint: "swap less; `reason` contains the contract's reason, if any",
    consequence: "reject",
  },
  TICKS_UNKNOWN: {
    message: "swap exceeds the known tick range of the pool",
    hint: "read the pool with a wider range, or swap less",
    consequence: "retry",
  },
  POOL_LOG_INVALID: {
    message: "log contradicts the pool's state",
    hint: "no action needed: the pool is read again, and excluded if this continues",
    consequence: "retry",
  },
  POOL_UNREADABLE: {
    message: "contract does not respond as a pool of its kind",
    hint: "check the address and kind of the pool, and its factory",
    consequence: "reject",
  },
  FACTORY_LOG_INVALID: {
    message: "factory log lists an invalid or known pool",
    hint: "check the factory's address and the hash of its pools' code; the pool is ignored",
    consequence: "reject",
  },
});
