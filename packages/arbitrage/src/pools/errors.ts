import { defineErrors } from "@trellis/base";

export const poolErrors = defineErrors({
  BRANCH_LOST: {
    message: "a block does not fit the branch that is followed",
    hint: "all pools are read again at the head; if it happens often, the engine is too slow for the chain, or the node tells wrong logs: ask another one",
    consequence: "retry",
  },
  POOL_INVALID: {
    message: "no contract of its kind can be in such a state",
    hint: "read the pool again; if it stays so, the contract is not what it says and the pool is left out",
    consequence: "reject",
  },
  SWAP_INVALID: {
    message: "a swap is not between two tokens of its pool, or not of an amount",
    hint: "tokens go by their place in the pool, amounts are base units from 0 to 2²⁵⁶ − 1",
    consequence: "reject",
  },
  SWAP_WOULD_REVERT: {
    message: "the pool's contract would revert this swap",
    hint: "swap less; the reason is the contract's own word where it has one",
    consequence: "reject",
  },
  TICKS_UNKNOWN: {
    message: "a swap would leave the range of ticks that is known of its pool",
    hint: "read the pool with a wider range, or swap less",
    consequence: "retry",
  },
  POOL_LOG_INVALID: {
    message: "a log says what no pool of its kind says in that state",
    hint: "the pool is read again from its contract; if it stays so, it is left out",
    consequence: "retry",
  },
  POOL_UNREADABLE: {
    message: "a contract does not answer as a pool of its kind",
    hint: "check its address and kind; a factory that names such contracts lies",
    consequence: "reject",
  },
  FACTORY_LOG_INVALID: {
    message: "a factory tells of a pool that is not its own, or that it has made already",
    hint: "the pool is not taken; look at the factory's address and the hash of its pools' code",
    consequence: "reject",
  },
});
