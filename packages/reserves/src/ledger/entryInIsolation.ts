import type { Facts, TrellisError } from "@trellis/base";
import { ledgerErrors } from "./errors.ts";
import { ENTRY_KINDS, isEntryKind } from "./kinds.ts";
import type { EntryDraft } from "./LedgerEntry.ts";
import { AMOUNT_LIMIT, TEXT_SIZE_MAX, TIME_MS_MAX } from "./limits.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const WHOLE = /^-?(?:0|[1-9][0-9]*)$/;

export function checkEntryInIsolation(draft: EntryDraft): TrellisError | undefined {
  const { kind, amount, happenedAtMs } = draft;
  for (const field of ["key", "customer", "reference", "asset"] as const) {
    const problem = checkText(field, draft[field]);
    if (problem !== undefined) return problem;
  }
  if (!isEntryKind(kind)) return invalid("no such kind of entry", { kind: shortened(kind) });
  if (typeof amount !== "bigint" || amount === 0n) {
    return invalid("the amount is not a whole number other than zero", { amount: shortened(amount) });
  }
  if (amount >= AMOUNT_LIMIT || amount <= -AMOUNT_LIMIT) {
    return invalid("the amount has more than 128 bits", { digits: amount.toString().length });
  }
  const { sign } = ENTRY_KINDS[kind];
  if ((sign === 1 && amount < 0n) || (sign === -1 && amount > 0n)) {
    return invalid("wrong sign of the amount for this kind", { kind, amount });
  }
  if (!Number.isInteger(happenedAtMs) || happenedAtMs < 0 || happenedAtMs > TIME_MS_MAX) {
    return invalid("time outside the allowed range", { happenedAtMs: shortened(happenedAtMs) });
  }
  return undefined;
}

/** Rejects `.` and `..`: URL parsers resolve them as path segments in any encoding (WHATWG URL, section 4.4). */
export function checkText(field: string, text: unknown): TrellisError | undefined {
  if (typeof text !== "string") return invalid("text not allowed", { field, type: typeof text });
  const size = Buffer.byteLength(text);
  const isStep = text === "." || text === "..";
  if (size > 0 && size <= TEXT_SIZE_MAX && !isStep && !CONTROL.test(text) && text.isWellFormed()) {
    return undefined;
  }
  return invalid("text not allowed", { field, size });
}

/** @throws ENTRY_INVALID */
export function parseAmount(text: string): bigint {
  if (!WHOLE.test(text))
    throw invalid("the amount is not a whole number other than zero", { amount: shortened(text) });
  // BigInt parsing takes quadratic time.
  if (text.length > 40) throw invalid("the amount has more than 128 bits", { digits: text.length });
  return BigInt(text);
}

function shortened(value: unknown): string {
  return String(value).slice(0, 48);
}

function invalid(reason: string, facts: Facts = {}): TrellisError {
  return ledgerErrors.ENTRY_INVALID({ reason, ...facts });
}
