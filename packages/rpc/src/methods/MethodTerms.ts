import type { JsonSchema } from "../decoding/Decoder.ts";
import type { Role } from "../options.ts";

/** A positional parameter. */
export interface Parameter<T> {
  readonly name: string;
  readonly decode: (value: unknown) => T;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
  /** What an absent or null optional parameter becomes. */
  readonly fallback: T | undefined;
}

/** Who may use a method, what it takes, and what it costs. */
export interface MethodTerms<P extends readonly Parameter<unknown>[] = readonly Parameter<unknown>[]> {
  readonly name: string;
  /** One sentence for the documentation. */
  readonly summary: string;
  readonly params: P;
  readonly role: Role;
  /** Work relative to reading a value from memory (1); what is under way at once is bounded by the sum. */
  readonly weight: number;
  /** Neighbours in a batch run at once instead of one after another. */
  readonly isConcurrent: boolean;
}
