import type { Awaitable } from "@trellis/protocol";
import type { Decoder } from "../decoding/Decoder.ts";
import type { CallCancellation } from "../guards/ExecuteLane.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcNode } from "../RpcNode.ts";
import type { PlannedRead } from "../reading/ReadTask.ts";
import type { Session } from "../Session.ts";
import type { MethodDeclaration, Parameter } from "./MethodDeclaration.ts";

type Arguments<P extends readonly Parameter<unknown>[]> = {
  readonly [Index in keyof P]: P[Index] extends Parameter<infer T> ? T : never;
};

type Handle<P extends readonly Parameter<unknown>[], Extra> = (
  node: RpcNode,
  args: Arguments<P>,
  extra: Extra,
) => Awaitable<unknown>;

interface QuickMethod<P extends readonly Parameter<unknown>[]> extends MethodDeclaration<P> {
  readonly lane: undefined;
  readonly handle: Handle<P, Session>;
}

interface ScanMethod<P extends readonly Parameter<unknown>[]> extends MethodDeclaration<P> {
  readonly lane: "scan";
  readonly handle: Handle<P, Pacing>;
  /** Too short to need the queue. */
  readonly isQuick: (args: Arguments<P>, node: RpcNode) => boolean;
}

interface ReadMethod<P extends readonly Parameter<unknown>[]> extends MethodDeclaration<P> {
  readonly lane: "read";
  readonly plan: (node: RpcNode, args: Arguments<P>) => PlannedRead;
}

interface Execution extends CallCancellation {
  /** For long answers. */
  readonly pacing: Pacing;
}

interface ExecuteMethod<P extends readonly Parameter<unknown>[]> extends MethodDeclaration<P> {
  readonly lane: "execute";
  readonly handle: Handle<P, Execution>;
}

export type Method<P extends readonly Parameter<unknown>[] = readonly Parameter<unknown>[]> =
  | QuickMethod<P>
  | ScanMethod<P>
  | ReadMethod<P>
  | ExecuteMethod<P>;

export const WEIGHTS = { read: 1, scan: 20, execute: 50, trace: 200 } as const;

type Definition<P extends readonly Parameter<unknown>[], Extra> = Pick<
  MethodDeclaration<P>,
  "name" | "summary"
> &
  Partial<Pick<MethodDeclaration<P>, "role" | "weight" | "isConcurrent">> & {
    readonly params?: P;
    readonly handle: Handle<P, Extra>;
  };

export function defineMethod<const P extends readonly Parameter<unknown>[] = readonly []>(
  definition: Definition<P, Session>,
): Method {
  return { ...DEFAULTS, lane: undefined, ...definition } as unknown as Method;
}

/** Runs in slices with pauses. [RPC-23] */
export function defineScan<const P extends readonly Parameter<unknown>[] = readonly []>(
  definition: Definition<P, Pacing> & Partial<Pick<ScanMethod<P>, "isQuick">>,
): Method {
  const own = { lane: "scan", weight: WEIGHTS.scan, isQuick: () => false };
  return { ...DEFAULTS, ...own, ...definition } as unknown as Method;
}

export function defineRead<const P extends readonly Parameter<unknown>[] = readonly []>(
  definition: Omit<Definition<P, never>, "handle"> & Pick<ReadMethod<P>, "plan">,
): Method {
  return { ...DEFAULTS, lane: "read", weight: WEIGHTS.scan, ...definition } as unknown as Method;
}

export function defineExecution<const P extends readonly Parameter<unknown>[] = readonly []>(
  definition: Definition<P, Execution>,
): Method {
  return { ...DEFAULTS, lane: "execute", weight: WEIGHTS.execute, ...definition } as unknown as Method;
}

const DEFAULTS = { params: [], role: "public", weight: WEIGHTS.read, isConcurrent: false } as const;

export function required<T>(name: string, decoder: Decoder<T>): Parameter<T> {
  return { name, ...decoder, isRequired: true, fallback: undefined };
}

export function optional<T>(name: string, decoder: Decoder<T>): Parameter<T | undefined>;
export function optional<T, const F>(name: string, decoder: Decoder<T>, fallback: F): Parameter<T | F>;
export function optional<T>(name: string, decoder: Decoder<T>, fallback?: T): Parameter<T | undefined> {
  return { name, ...decoder, isRequired: false, fallback };
}
