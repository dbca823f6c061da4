import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";

/** Tags are weak (RFC 9110, section 8.8.3), because compression changes the bytes. Keeps handlers' tags. */
export function addEntityTags(scope: FastifyInstance): void {
  scope.addHook("onSend", async (request, reply, payload) => {
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead || reply.statusCode !== 200) return payload;
    if (typeof payload !== "string" && !(payload instanceof Uint8Array)) return payload;
    const own = reply.getHeader("etag");
    const tag =
      typeof own === "string" ? own : `W/"${createHash("sha256").update(payload).digest("base64url")}"`;
    reply.header("etag", tag);
    if (reply.getHeader("cache-control") === undefined) reply.header("cache-control", "private, no-cache");
    reply.header("vary", "accept, authorization");
    if (!hasTag(request.headers["if-none-match"], tag)) return payload;
    reply.code(304).removeHeader("content-type");
    return "";
  });
}

/** Weak comparison (RFC 9110, section 8.8.3.2). */
function hasTag(field: string | undefined, tag: string): boolean {
  if (field === undefined) return false;
  const bare = (text: string): string => text.trim().replace(/^W\//, "");
  return field.trim() === "*" || field.split(",").some((one) => bare(one) === bare(tag));
}
