import type { Awaitable } from "@trellis/protocol";
import type { Decoder, JsonSchema } from "../decoding/Decoder.ts";
import type { Role } from "../options.ts";
import type { RpcNode } from "../RpcNode.ts";
import type { Session } from "../Session.ts";

/** A positional parameter. */
export interface Parameter<T> {
  readonly name: string;
  readonly decode: (value: unknown) => T;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
  /** What an absent or null optional parameter becomes. */
  readonly fallback: T | undefined;
}

type Arguments<P extends readonly Parameter<unknown>[]> = {
  readonly [Index in keyof P]: P[Index] extends Parameter<infer T> ? T : never;
};

/** A JSON-RPC method: what it is called, takes and costs, who may use it, and what it does. */
export interface Method<P extends readonly Parameter<unknown>[] = readonly Parameter<unknown>[]> {
  readonly name: string;
  /** One sentence for the documentation. */
  readonly summary: string;
  readonly params: P;
  readonly role: Role;
  /** Work relative to reading a value from memory (1); what is under way at once is bounded by the sum. */
  readonly weight: number;
  /** Neighbours in a batch run at once instead of one after another. */
  readonly isConcurrent: boolean;
  /** The result is anything that JSON can hold; undefined is answered as null. */
  handle(node: RpcNode, args: Arguments<P>, session: Session): Awaitable<unknown>;
}

/** Weights in use. */
export const WEIGHTS = { read: 1, scan: 20, execute: 50, trace: 200 } as const;

type Definition<P extends readonly Parameter<unknown>[]> = Pick<Method<P>, "name" | "summary" | "handle"> &
  Partial<Pick<Method<P>, "role" | "weight" | "isConcurrent">> & { readonly params?: P };

/** A public method of weight 1 without parameters, unless the definition says otherwise. */
export function defineMethod<const P extends readonly Parameter<unknown>[] = readonly []>(
  definition: Definition<P>,
): Method {
  const defaults = { params: [], role: "public", weight: WEIGHTS.read, isConcurrent: false } as const;
  return { ...defaults, ...definition } as unknown as Method;
}

export function required<T>(name: string, decoder: Decoder<T>): Parameter<T> {
  return { name, ...decoder, isRequired: true, fallback: undefined };
}

export function optional<T>(name: string, decoder: Decoder<T>): Parameter<T | undefined>;
export function optional<T, const F>(name: string, decoder: Decoder<T>, fallback: F): Parameter<T | F>;
export function optional<T>(name: string, decoder: Decoder<T>, fallback?: T): Parameter<T | undefined> {
  return { name, ...decoder, isRequired: false, fallback };
}
