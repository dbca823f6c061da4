import type { Log, TraceContext } from "@trellis/base";
import type { z } from "zod";
import type { Access } from "../auth/access.ts";
import type { Principal } from "../auth/Principal.ts";
import type { RowScope } from "../auth/RowScope.ts";
import type { Upload } from "./systemUpload.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface AnswerShape<Answer extends z.ZodType = z.ZodType> {
  readonly status: 200 | 201 | 202;
  readonly description: string;
  readonly schema: Answer;
}

export interface DocumentShape {
  readonly status: 200;
  readonly description: string;
  readonly mediaType: string;
  readonly otherTypes?: readonly string[];
}

/** A file, which is not decoded. */
export interface UploadShape {
  readonly mediaType: string;
  readonly description: string;
  readonly example: string;
}

export interface NothingShape {
  readonly status: 204;
  readonly description: string;
}

export interface RouteShape {
  readonly id: string;
  readonly method: Method;
  /** Example: `/v1/customers/{customerId}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly upload?: UploadShape;
  readonly answer: AnswerShape | DocumentShape | NothingShape;
  readonly errors: readonly string[];
  readonly cost?: number;
  readonly idempotency?: "required" | "optional";
  /** The handler must check `call.ifMatch`. */
  readonly precondition?: "required";
  readonly bodyBytesMax?: number;
  readonly timeMsMax?: number;
}

export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly upload: Upload | undefined;
  readonly principal: Principal;
  readonly rows: RowScope;
  readonly correlationId: string;
  readonly trace: TraceContext;
  readonly mediaType: string | undefined;
  readonly ifMatch: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** Aborts on disconnect or timeout. */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly ip: string;
  setHeader(name: string, value: string): void;
}

export interface Route {
  readonly shape: RouteShape;
  handle(call: Call): unknown;
  readonly auditedFacts?: (result: unknown) => Readonly<Record<string, string>>;
}

type Decoded<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type AnswerOf<Shape extends RouteShape> =
  Shape["answer"] extends AnswerShape<infer Schema>
    ? z.output<Schema>
    : Shape["answer"] extends DocumentShape
      ? Uint8Array | string | AsyncIterable<Uint8Array>
      : undefined;

export type CallOf<Shape extends RouteShape> = Call<
  Decoded<Shape["params"]>,
  Decoded<Shape["query"]>,
  Decoded<Shape["body"]>
> &
  (Shape extends { readonly upload: UploadShape } ? { readonly upload: Upload } : unknown);

export function defineRoute<const Shape extends RouteShape>(
  shape: Shape,
  handler: (call: CallOf<Shape>) => Promise<AnswerOf<Shape>> | AnswerOf<Shape>,
): Route {
  return { shape, handle: (call) => handler(call as CallOf<Shape>) };
}
