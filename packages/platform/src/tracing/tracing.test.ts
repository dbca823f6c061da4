import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { silentMetrics, systemRandom } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countingRandom } from "../http/testing/TestTime.ts";
import { createLog } from "../log/createLog.ts";
import { createTracing, type SpanSink } from "./createTracing.ts";
import { openOtlpSink } from "./openOtlpSink.ts";
import { childContext, formatTraceparent, parseTraceparent } from "./traceContext.ts";

const noSink: SpanSink = { begin: () => () => {}, close: async () => {} };
const TEXT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("trace context", () => {
  it("traceparent is read and written", () => {
    const context = parseTraceparent(TEXT)!;
    expect(context).toEqual({
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      isSampled: true,
    });
    expect(formatTraceparent(context)).toBe(TEXT);
    expect(parseTraceparent(`01${TEXT.slice(2)}-more`)).toEqual(context);
  });

  it.each([
    ["version ff", `ff${TEXT.slice(2)}`],
    ["more than version 00 has", `${TEXT}-more`],
    ["no trace", TEXT.replace("0af7651916cd43dd8448eb211c80319c", "0".repeat(32))],
    ["no span", TEXT.replace("b7ad6b7169203331", "0".repeat(16))],
    ["capitals", TEXT.toUpperCase()],
  ])("ignores %s", (_, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  it("any text is ignored or parsed", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const context = parseTraceparent(text);
        if (context !== undefined) expect(text).toContain(context.traceId);
      }),
    );
  });

  it("identifiers are never all zero", () => {
    const zero = { bytes: (count: number) => new Uint8Array(count) };
    expect(parseTraceparent(formatTraceparent(childContext(undefined, zero)))).toBeDefined();
  });
});

describe("tracing", () => {
  it("propagates the context of a parent", async () => {
    const tracing = createTracing(0, { random: countingRandom(), sink: noSink });
    expect(tracing.current()).toBeUndefined();
    const parent = parseTraceparent(TEXT)!;
    await tracing.span("outer", { parent }, async () => {
      const outer = tracing.current()!;
      expect(outer).toMatchObject({ traceId: parent.traceId, isSampled: true });
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(tracing.current()).toBe(outer);
      await tracing.span("inner", {}, () => expect(tracing.current()?.traceId).toBe(outer.traceId));
    });
    await tracing.close();
  });

  it("records the given share of new traces, and all spans or none of a trace", () => {
    const names: string[] = [];
    const sink: SpanSink = {
      begin: (name, _options, { traceId }) => {
        names.push(`${name} ${traceId}`);
        return () => {};
      },
      close: async () => {},
    };
    const tracing = createTracing(0.25, { random: systemRandom, sink });
    for (let trace = 0; trace < 2_000; trace++) {
      tracing.span("outer", {}, () => tracing.span("inner", {}, () => {}));
      tracing.span("refused", { parent: { ...parseTraceparent(TEXT)!, isSampled: false } }, () => {});
    }
    const outer = names.filter((name) => name.startsWith("outer"));
    // Seven standard deviations.
    expect(Math.abs(outer.length - 500)).toBeLessThan(140);
    expect(names.filter((name) => name.startsWith("inner"))).toEqual(
      outer.map((name) => name.replace("outer", "inner")),
    );
    expect(names.some((name) => name.startsWith("refused"))).toBe(false);
  });

  it("lines of a span have its trace id, and the correlation id of the request around it", async () => {
    const tracing = createTracing(0, { random: systemRandom, sink: noSink });
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const log = createLog({ level: "info", destination, around: () => tracing.facts() });
    log.info("outside");
    const parent = parseTraceparent(TEXT)!;
    await tracing.span("request", { parent, correlationId: "request-1" }, async () => {
      await tracing.span("statement", {}, async () => log.info("inside"));
    });
    const [outside, inside] = lines.map((line) => JSON.parse(line));
    expect(Object.keys(outside)).not.toContain("traceId");
    expect(inside).toMatchObject({ traceId: parent.traceId, correlationId: "request-1" });
  });

  it("spans reach a collector by OTLP, with their parents and errors", async () => {
    const received: string[] = [];
    const collector = createServer((request, response) => {
      request.on("data", (chunk) => received.push(String(chunk)));
      request.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"));
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
    const sink = await openOtlpSink({ url, service: "trellis-test", version: "1" }, silentMetrics);
    const tracing = createTracing(0, { random: countingRandom(), sink });
    const parent = parseTraceparent(TEXT)!;
    const failed = async () =>
      tracing.span("fails", { parent, kind: "server", facts: { route: "x" } }, () => {
        throw new Error("a secret detail");
      });
    await expect(failed()).rejects.toThrow("a secret detail");
    await tracing.close();
    collector.close();
    const [span] = JSON.parse(received.join("")).resourceSpans[0].scopeSpans[0].spans;
    expect(span).toMatchObject({
      name: "fails",
      traceId: parent.traceId,
      parentSpanId: parent.spanId,
      kind: 2,
    });
    expect(span.status).toEqual({ code: 2, message: "INTERNAL" });
    expect(received.join("")).not.toContain("secret");
  });
});
