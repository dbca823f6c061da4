import type { JsonSchema } from "../decoding/Decoder.ts";
import type { Role } from "../options.ts";

export interface Parameter<T> {
  readonly name: string;
  readonly decode: (value: unknown) => T;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
  readonly fallback: T | undefined;
}

export interface MethodDeclaration<P extends readonly Parameter<unknown>[] = readonly Parameter<unknown>[]> {
  readonly name: string;
  readonly summary: string;
  readonly params: P;
  readonly role: Role;
  /** A read from memory costs 1. */
  readonly weight: number;
  readonly isConcurrent: boolean;
}
