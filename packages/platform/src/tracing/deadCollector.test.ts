import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemRandom } from "@trellis/base";
import { afterEach, expect, it } from "vitest";
import { createOtlpDestination } from "../log/createOtlpDestination.ts";
import { createPrometheusMetrics } from "../metrics/index.ts";
import { WAITING_MAX } from "./CountedExporter.ts";
import { createOtlpSink } from "./createOtlpSink.ts";
import { createTracing } from "./createTracing.ts";

const COUNT = 3 * WAITING_MAX;

let collector: Server | undefined;
afterEach(() => {
  collector?.close();
  collector?.closeAllConnections();
  collector = undefined;
});

async function otlpOf(answer: RequestListener) {
  collector = createServer(answer);
  await new Promise<void>((resolve) => collector!.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`;
  return { url, service: "trellis-test", version: "1" };
}

async function droppedOf(metrics: ReturnType<typeof createPrometheusMetrics>): Promise<number> {
  const values = (await metrics.render()).matchAll(/^trellis_telemetry_dropped_total\{.*\} (\d+)$/gm);
  return [...values].reduce((sum, [, count]) => sum + Number(count), 0);
}

const COLLECTORS: readonly (readonly [string, RequestListener])[] = [
  ["never answers", () => {}],
  ["refuses", (_request, response) => void response.writeHead(400).end()],
  ["is overloaded", (_request, response) => void response.writeHead(503).end()],
];

it.each(COLLECTORS)(
  "a collector that %s delays no span, and every span is counted as dropped",
  async (_, answer) => {
    const metrics = createPrometheusMetrics({ process: false });
    const sink = createOtlpSink(await otlpOf(answer), metrics);
    const tracing = createTracing(1, { random: systemRandom, sink });
    let ran = 0;
    // Within one turn, nothing can be sent.
    for (let span = 0; span < COUNT; span++) tracing.span("work", {}, () => ran++);
    expect(ran).toBe(COUNT);
    expect(await droppedOf(metrics)).toBe(COUNT - WAITING_MAX);
    await tracing.close();
    expect(await droppedOf(metrics)).toBe(COUNT);
  },
);

it.each(COLLECTORS)(
  "a collector that %s delays no line, and every line is counted as dropped",
  async (_, answer) => {
    const metrics = createPrometheusMetrics({ process: false });
    const destination = createOtlpDestination(await otlpOf(answer), metrics);
    const line = JSON.stringify({ level: "info", time: new Date(0).toISOString(), msg: "event" });
    for (let written = 0; written < COUNT; written++) destination.write(line);
    expect(await droppedOf(metrics)).toBe(COUNT - WAITING_MAX);
    await destination.close();
    expect(await droppedOf(metrics)).toBe(COUNT);
  },
);
