import { baseErrors, type Facts, isTrellisError, TrellisError } from "@trellis/base";
import { evmErrors } from "../errors.ts";

const TABLE = { ...baseErrors.table, ...evmErrors.table };
type EvmErrorCode = keyof typeof TABLE;

/** Structured clone drops custom fields of errors. */
export type PackedError =
  | { readonly code: EvmErrorCode; readonly facts: Facts }
  | { readonly code: undefined; readonly error: unknown };

export function packError(error: unknown): PackedError {
  if (isTrellisError(error) && error.code in TABLE) {
    return { code: error.code as EvmErrorCode, facts: error.facts };
  }
  return { code: undefined, error };
}

export function isPackedError(sent: unknown): sent is PackedError {
  if (typeof sent !== "object" || sent === null || !("code" in sent)) return false;
  return sent.code === undefined ? "error" in sent : Object.hasOwn(TABLE, `${sent.code}`) && "facts" in sent;
}

export function unpackError(packed: PackedError): unknown {
  if (packed.code === undefined) return packed.error;
  return new TrellisError(packed.code, TABLE[packed.code], packed.facts);
}
