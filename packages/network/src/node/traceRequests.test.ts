import { type SpanOptions, silentTracing, type TraceContext, type Tracing } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import fc from "fast-check";
import { expect, it } from "vitest";
import { TRACE_PEER_RATE, TRACE_RATE } from "../relay/limits.ts";
import { TEST_PARAMETERS } from "../sync/testing/testChain.ts";
import type {
  RequestOptions,
  Transport,
  TransportHandlers,
  TransportProtocol,
} from "../transport/Transport.ts";
import { createWire, decodeTraced, encodeTraced, tracedIdOf } from "../wire/index.ts";
import { traceRequests } from "./traceRequests.ts";

const wire = createWire(TEST_PARAMETERS);
const { headers } = wire.protocols;
const TRACED = `/trellis/${TEST_PARAMETERS.chainId}/headers-traced/1`;
const OPTIONS = { timeoutMs: 1_000, answerBytesMax: 100 };
const CONTEXT: TraceContext = { traceId: "0a".repeat(16), spanId: "0b".repeat(8), isSampled: true };
const MESSAGE = Uint8Array.of(1, 2, 3);

async function open(isSampled = true) {
  const time = new VirtualTime();
  const sent: RequestOptions[] = [];
  const offences: string[] = [];
  const answered: { protocol: string; request: Uint8Array }[] = [];
  const spans: { name: string; parent: SpanOptions["parent"] }[] = [];
  let given: { handlers: TransportHandlers; protocols: readonly TransportProtocol[] } | undefined;
  const tracing: Tracing = {
    ...silentTracing,
    span(name, { parent }, run) {
      spans.push({ name, parent });
      return run();
    },
    current: () => ({ ...CONTEXT, isSampled }),
  };
  const inner = {
    start: async (handlers: TransportHandlers, protocols: readonly TransportProtocol[]) => {
      given = { handlers, protocols };
    },
    request: async (_peer: string, _protocol: string, _request: Uint8Array, options: RequestOptions) => {
      sent.push(options);
      return MESSAGE;
    },
  } as unknown as Transport;
  const transport = traceRequests(inner, wire, { tracing, clock: time });
  const handlers = {
    answer: async (_peer: string, protocol: string, request: Uint8Array) => {
      answered.push({ protocol, request });
      return MESSAGE;
    },
    offended: (_peer: string, offence: string) => void offences.push(offence),
  };
  await transport.start(handlers as unknown as TransportHandlers, [headers], []);
  const answer = (protocol: string, message: Uint8Array, peer = "peer") =>
    given!.handlers.answer(peer, protocol, message);
  return { time, transport, sent, offences, answered, spans, answer, protocols: given!.protocols };
}

it("NET-28: a sampled request is offered with its context, and others are sent as before", async () => {
  const { transport, sent, spans } = await open();
  await transport.request("peer", headers.id, MESSAGE, OPTIONS);
  const bytes = [...Array(16).fill(0x0a), ...Array(8).fill(0x0b), ...MESSAGE];
  expect(sent).toEqual([{ ...OPTIONS, preferred: { protocol: TRACED, request: Uint8Array.from(bytes) } }]);
  expect(spans).toEqual([{ name: "request headers", parent: undefined }]);
  const unsampled = await open(false);
  await unsampled.transport.request("peer", headers.id, MESSAGE, OPTIONS);
  expect(unsampled.sent).toEqual([OPTIONS]);
});

it("NET-28: an answer continues the trace of the request, and both protocols are served", async () => {
  const { answer, answered, spans, protocols } = await open();
  expect(protocols.map(({ id, requestBytesMax }) => [id, requestBytesMax])).toEqual([
    [headers.id, headers.requestBytesMax],
    [TRACED, headers.requestBytesMax + 24],
  ]);
  await answer(headers.id, MESSAGE);
  expect(spans).toEqual([]);
  expect(await answer(TRACED, encodeTraced(CONTEXT, MESSAGE))).toEqual(MESSAGE);
  expect(spans).toEqual([{ name: "answer headers", parent: CONTEXT }]);
  expect(answered).toEqual(Array(2).fill({ protocol: headers.id, request: MESSAGE }));
});

it("NET-28: beyond the rates of a peer and of all, requests are answered without a span", async () => {
  const { time, answer, answered, spans } = await open();
  const ask = async (count: number, peer: string) => {
    for (let asked = 0; asked < count; asked++) await answer(TRACED, encodeTraced(CONTEXT, MESSAGE), peer);
  };
  await ask(TRACE_PEER_RATE.burst + 5, "flood");
  expect(spans).toHaveLength(TRACE_PEER_RATE.burst);
  expect(answered).toHaveLength(TRACE_PEER_RATE.burst + 5);
  await time.run(1_000);
  await ask(TRACE_PEER_RATE.perSecond + 5, "flood");
  expect(spans).toHaveLength(TRACE_PEER_RATE.burst + TRACE_PEER_RATE.perSecond);
  await time.run(60_000);
  spans.length = 0;
  for (const peer of ["a", "b", "c", "d", "e"]) await ask(TRACE_PEER_RATE.burst, peer);
  expect(spans).toHaveLength(TRACE_RATE.burst);
  await time.run(1_000);
  for (const peer of ["a", "b", "c", "d", "e"]) await ask(TRACE_PEER_RATE.burst, peer);
  expect(spans).toHaveLength(TRACE_RATE.burst + TRACE_RATE.perSecond);
});

it("MESSAGE_MALFORMED: a message without a context is an offence", async () => {
  const { answer, answered, offences } = await open();
  const malformed = [new Uint8Array(0), new Uint8Array(23).fill(1), new Uint8Array(24)];
  for (const message of malformed)
    await expect(answer(TRACED, message)).rejects.toMatchObject({ code: "MESSAGE_MALFORMED" });
  expect(offences).toEqual(["malformed", "malformed", "malformed"]);
  expect(answered).toEqual([]);
});

it("NET-28: any bytes are a context and a request, or MESSAGE_MALFORMED", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (message) => {
      try {
        const { trace, request } = decodeTraced(message);
        expect(encodeTraced(trace, request)).toEqual(message);
      } catch (error) {
        expect(error).toMatchObject({ code: "MESSAGE_MALFORMED" });
      }
    }),
  );
  expect(tracedIdOf(headers.id)).toBe(TRACED);
});
