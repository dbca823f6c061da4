import type { Log } from "@trellis/base";
import type { z } from "zod";
import type { Access } from "../auth/access.ts";
import type { Principal } from "../auth/Principal.ts";
import type { RowScope } from "../auth/RowScope.ts";
import type { TraceContext } from "../tracing/traceContext.ts";
import type { Upload } from "./systemUpload.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What a route answers when all goes well. */
export interface AnswerShape<Answer extends z.ZodType = z.ZodType> {
  readonly status: 200 | 201 | 202;
  readonly description: string;
  readonly schema: Answer;
}

/** A document instead of an encoded value: a report, an export. One that is long comes as a stream. */
export interface DocumentShape {
  readonly status: 200;
  readonly description: string;
  readonly mediaType: string;
  /** Other forms of it, which Accept may prefer. */
  readonly otherTypes?: readonly string[];
}

/** A body that is taken as a file of any size up to `bodyBytesMax`, and not decoded. */
export interface UploadShape {
  /** `text/csv` */
  readonly mediaType: string;
  readonly description: string;
  /** One that is good, for the document and its contract tests. */
  readonly example: string;
}

export interface NothingShape {
  readonly status: 204;
  readonly description: string;
}

/** One definition of a route: validation, typing of the handler, and the OpenAPI document all come from it. */
export interface RouteShape {
  /** `listCustomers`: operationId, and the route's name in logs and metrics. */
  readonly id: string;
  readonly method: Method;
  /** `/v1/customers/{customerId}` */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Instead of `body`. */
  readonly upload?: UploadShape;
  readonly answer: AnswerShape | DocumentShape | NothingShape;
  /** Codes that this route may answer with, beside those that follow from its shape. */
  readonly errors: readonly string[];
  /** How much of the rate limit a call uses; 1 unless said. */
  readonly cost?: number;
  /** Whether Idempotency-Key is read; a repeated request gets the first one's answer. */
  readonly idempotency?: "required" | "optional";
  /** The handler compares `call.ifMatch` with what it changes. */
  readonly precondition?: "required";
  readonly bodyBytesMax?: number;
  readonly timeMsMax?: number;
}

/** What a handler is given: everything is checked. */
export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Of a route that takes one. */
  readonly upload: Upload | undefined;
  readonly principal: Principal;
  /** The rows of persons that this request may see. */
  readonly rows: RowScope;
  readonly correlationId: string;
  readonly trace: TraceContext;
  /** The form of a document that Accept prefers. */
  readonly mediaType: string | undefined;
  /** The version that the caller bases a change on. */
  readonly ifMatch: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** Ends when the client is gone or the time is over. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** The client's address. */
  readonly ip: string;
  setHeader(name: string, value: string): void;
}

export interface Route {
  readonly shape: RouteShape;
  handle(call: Call): unknown;
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

/** Binds a shape to its handler, whose parameters and result have the types of the schemas. */
export function defineRoute<const Shape extends RouteShape>(
  shape: Shape,
  handler: (call: CallOf<Shape>) => Promise<AnswerOf<Shape>> | AnswerOf<Shape>,
): Route {
  return { shape, handle: (call) => handler(call as CallOf<Shape>) };
}
