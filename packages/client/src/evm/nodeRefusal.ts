import { type Fact, isTrellisError } from "@trellis/base";
import { clientErrors } from "../errors.ts";

interface RpcFailure {
  readonly code: number;
  readonly message: string;
  readonly data: Fact;
}

/** "execution reverted" (geth). */
const REVERT_CODE = 3;

export function rpcFailureOf(error: unknown): RpcFailure | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("code" in error && typeof error.code === "number" && "message" in error) {
    const data = "data" in error && typeof error.data === "string" ? error.data : undefined;
    return { code: error.code, message: String(error.message), data };
  }
  return "cause" in error ? rpcFailureOf(error.cause) : undefined;
}

export function isRevert(error: unknown): boolean {
  return rpcFailureOf(error)?.code === REVERT_CODE;
}

/** geth's error texts, which other nodes copied. */
const KNOWN_ALREADY = /already known|known transaction|already imported/i;
const NONCE_TAKEN = /nonce too low|nonce is too low|old nonce/i;
const UNDERPRICED = /underpriced|fee too low|less than block base fee|gas price too low/i;
/** Error text of Trellis nodes. [TX-10] */
const KEY_NOT_VALID = /key not valid for the account/;
const BLOCK_UNKNOWN =
  /header (?:for hash )?not found|unknown block|block not found|not currently canonical|missing trie node|pruned/i;

export function isKnownAlready(error: unknown): boolean {
  return KNOWN_ALREADY.test(rpcFailureOf(error)?.message ?? "");
}

export function sendingRefusal(node: string, error: unknown): unknown {
  const failure = rpcFailureOf(error);
  if (failure === undefined) return error;
  const facts = { node, reason: failure.message.slice(0, 200) };
  if (NONCE_TAKEN.test(failure.message)) return clientErrors.TRANSACTION_NONCE_TAKEN(facts, error);
  if (KEY_NOT_VALID.test(failure.message)) return clientErrors.ACCOUNT_KEY_NOT_VALID(facts, error);
  if (UNDERPRICED.test(failure.message)) return clientErrors.TRANSACTION_UNDERPRICED(facts, error);
  return refusal(node, failure, error);
}

export function stateRefusal(node: string, error: unknown): unknown {
  const failure = rpcFailureOf(error);
  if (failure === undefined) return error;
  if (BLOCK_UNKNOWN.test(failure.message))
    return clientErrors.NODE_BLOCK_UNKNOWN({ node, reason: failure.message.slice(0, 200) }, error);
  return refusal(node, failure, error);
}

function refusal(node: string, failure: RpcFailure, cause: unknown): unknown {
  if (isTrellisError(cause)) return cause;
  const facts = { node, rpcCode: failure.code, reason: failure.message.slice(0, 200), data: failure.data };
  return clientErrors.NODE_REFUSED(facts, cause);
}
