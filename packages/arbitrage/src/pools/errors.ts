import { defineErrors } from "@trellis/base";

export const poolErrors = defineErrors({
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
  POOL_DUPLICATE: {
    message: "a pool is in the book already",
    hint: "take it out first if its fee or its tokens were wrong",
    consequence: "reject",
  },
  POOL_NOT_IN_BOOK: {
    message: "a pool is not in the book",
    hint: "add it first",
    consequence: "reject",
  },
  FACTORY_LOG_INVALID: {
    message: "a factory tells of a pool that is not its own",
    hint: "the pool is not taken; look at the factory's address and the hash of its pools' code",
    consequence: "reject",
  },
  HEAD_NOT_PARENT: {
    message: "a block does not follow the block that the book is at",
    hint: "remove blocks down to the one that both have, or begin again from a newer block",
    consequence: "reject",
  },
  BLOCK_NOT_HEAD: {
    message: "only the newest block can be removed, and what was read belongs to the newest block",
    hint: "blocks are removed newest first; read again at the head",
    consequence: "retry",
  },
  BLOCK_LOGS_FOREIGN: {
    message: "logs are of another block or out of order",
    hint: "ask another node; the block was not added",
    consequence: "retry",
  },
  STATES_NOT_KEPT: {
    message: "a reorganisation goes back further than states are kept",
    hint: "begin again from a block of the new branch",
    consequence: "retry",
  },
});
