import { bytesToHex } from "@trellis/base";
import { defineRoute, type Route } from "@trellis/platform/http";
import { z } from "zod";
import { apiErrors } from "../errors.ts";
import type { ReservesApiPorts } from "../ReservesApiPorts.ts";
import { base64, hash, timeMs } from "../schemas/common.ts";
import { PUBLIC } from "./access.ts";

const index = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const path = z.strictObject({ hashes: z.array(hash) });
const ENTRIES_MAX = 100;

export function logRoutes({ log }: Pick<ReservesApiPorts, "log">): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getLogHead",
        method: "GET",
        path: "/v1/log/head",
        tag: "log",
        summary: "Returns the newest signed head of the transparency log",
        access: PUBLIC,
        answer: {
          status: 200,
          description: "the signed head",
          schema: z
            .strictObject({ size: z.int(), root: hash, timeMs, note: z.string() })
            .meta({ id: "LogHead" }),
        },
        errors: ["LOG_HEAD_MISSING"],
      },
      async () => {
        const head = await log.head();
        if (head === undefined) throw apiErrors.LOG_HEAD_MISSING();
        return { ...head, root: bytesToHex(head.root) };
      },
    ),
    defineRoute(
      {
        id: "getLogEntries",
        method: "GET",
        path: "/v1/log/entries",
        tag: "log",
        summary: "Lists entries of the log in the encoding that is hashed",
        access: PUBLIC,
        query: z.strictObject({
          start: index,
          count: z.coerce.number().int().min(1).max(ENTRIES_MAX).default(ENTRIES_MAX),
        }),
        answer: {
          status: 200,
          description: "the entries",
          schema: z.strictObject({ entries: z.array(base64) }),
        },
        errors: ["LOG_SIZE_INVALID"],
      },
      async ({ query: { start, count } }) => {
        const size = (await log.head())?.size ?? 0;
        const found = await log.entries(start, Math.max(start, Math.min(size, start + count)));
        return { entries: found.map((bytes) => Buffer.from(bytes).toString("base64")) };
      },
    ),
    ...logProofRoutes({ log }),
  ];
}

function logProofRoutes({ log }: Pick<ReservesApiPorts, "log">): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getInclusionProof",
        method: "GET",
        path: "/v1/log/inclusion",
        tag: "log",
        summary: "Returns an inclusion proof of an entry in the log at a size (RFC 9162, section 2.1.3)",
        access: PUBLIC,
        query: z.strictObject({ index: index.meta({ examples: [0] }), size: index.meta({ examples: [3] }) }),
        answer: { status: 200, description: "the inclusion path", schema: path },
        errors: ["LOG_SIZE_INVALID"],
      },
      async ({ query }) => ({ hashes: (await log.inclusionProof(query.index, query.size)).map(bytesToHex) }),
    ),
    defineRoute(
      {
        id: "getConsistencyProof",
        method: "GET",
        path: "/v1/log/consistency",
        tag: "log",
        summary: "Returns a consistency proof between two sizes of the log (RFC 9162, section 2.1.4)",
        access: PUBLIC,
        query: z.strictObject({ from: index.meta({ examples: [1] }), to: index.meta({ examples: [3] }) }),
        answer: { status: 200, description: "the consistency path", schema: path },
        errors: ["LOG_SIZE_INVALID"],
      },
      async ({ query }) => ({ hashes: (await log.consistencyProof(query.from, query.to)).map(bytesToHex) }),
    ),
  ];
}
