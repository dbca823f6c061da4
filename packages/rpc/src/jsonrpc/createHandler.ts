import { isTrellisError, type Log, type TrellisError } from "@trellis/base";
import { type Awaitable, EncodedJson } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";
import { CallTerms } from "../guards/CallTerms.ts";
import type { LoadGate } from "../guards/LoadGate.ts";
import { isServedTo } from "../guards/localProgram.ts";
import type { OutgoingBytes } from "../guards/OutgoingBytes.ts";
import { UNPACED } from "../guards/ScanLane.ts";
import { scanJson } from "../guards/scanJson.ts";
import { ALL_METHODS } from "../methods/allMethods.ts";
import type { Method } from "../methods/Method.ts";
import type { TraceCall } from "../ports.ts";
import type { RpcNode } from "../RpcNode.ts";
import type { Session } from "../Session.ts";
import type { CallMeter } from "../server/CallMeter.ts";
import { type Answer, encodedAnswer, errorAnswer, resultAnswer, sizeOf } from "./answers.ts";
import { BatchAnswers } from "./BatchAnswers.ts";
import { decodeArguments } from "./decodeArguments.ts";
import { INTERNAL_ERROR, type JsonRpcError, toJsonRpcError } from "./errorTable.ts";
import { parseMessage } from "./parseMessage.ts";
import { type Request, readId, readRequest } from "./readRequest.ts";

/** Answers a message: one request or a batch. Never throws; undefined if there is nothing to answer. */
export type Handler = (message: Buffer, session: Session) => Awaitable<Answer | undefined>;

interface HandlerPorts {
  readonly methods: ReadonlyMap<string, Method>;
  readonly gate: LoadGate;
  readonly meter: CallMeter;
  readonly outgoing: OutgoingBytes;
  readonly log: Log;
  readonly trace?: TraceCall | undefined;
}

/** What an answer needs while its method runs. */
interface Call {
  readonly method: Method;
  readonly idJson: string;
  readonly startMs: number;
  readonly terms: AnswerTerms;
}

/** What bounds an answer. */
interface AnswerTerms {
  /** When the message arrived, or the batch came to this entry. ms since the Unix epoch */
  readonly sinceMs: number;
  readonly timeMs: number;
  /** Characters that it may have. */
  readonly sizeMax: number;
  /** Ends the batch: its other entries could each cost as much again. */
  readonly endBatch?: (error: TrellisError) => void;
}

/** Entries of a batch that run at once: what a worker checks in one go. */
const AT_ONCE_MAX = 128;
/** After these the rest of a batch is refused. [RPC-17] [RPC-24] */
const ENDS_BATCH: ReadonlySet<string> = new Set(["RPC_RESPONSE_TOO_LARGE", "RPC_BAD_SIGNATURES"]);
/** Those of its beginning: bad signatures among them end it. */
const TRIED_FIRST = 16;

/** What can be answered at once is: a promise costs more than most methods. */
export function createHandler(
  node: RpcNode,
  { methods, gate, meter, outgoing, log, trace }: HandlerPorts,
): Handler {
  const { limits, clock, lanes, reads } = node;

  return function handle(message, session) {
    try {
      scanJson(message, limits);
      const parsed = parseMessage(message);
      if (!Array.isArray(parsed)) {
        const sizeMax = limits.responseBytesMax;
        return answerOne(parsed, session, { sinceMs: session.arrivedMs, timeMs: limits.callTimeMs, sizeMax });
      }
      if (parsed.length === 0) throw rpcErrors.RPC_BATCH_EMPTY();
      return answerBatch(parsed, session).catch((error) => errorAnswer("null", describe(error, "batch")));
    } catch (error) {
      return errorAnswer("null", describe(error, "message"));
    }
  };

  /** One entry after another, but for neighbours that may run at once. [RPC-2] */
  async function answerBatch(entries: readonly unknown[], session: Session): Promise<Answer | undefined> {
    const batch = new BatchAnswers(entries.length, { session, clock, outgoing, limits });
    let underWay: Promise<void>[] = [];
    let mayJoin = false;
    try {
      for (const [index, entry] of entries.entries()) {
        if (lanes.scan.isDue) await lanes.scan.turn(session);
        const isConcurrent = runsConcurrently(entry);
        const hasPlace = index !== TRIED_FIRST && underWay.length < AT_ONCE_MAX;
        if (underWay.length > 0 && !(mayJoin && isConcurrent && hasPlace)) {
          await Promise.all(underWay);
          underWay = [];
        }
        mayJoin = isConcurrent;
        // The rest would be for nobody.
        if (session.connection.isGone) throw rpcErrors.RPC_CLIENT_GONE();
        const refusal = batch.exhaustion();
        if (refusal !== undefined) {
          batch.refuse(index, refuse(entry, refusal));
          continue;
        }
        const keep = (given: Answer | undefined): void =>
          batch.keep(index, given, (error) => refuse(entry, error));
        const answer = answerOne(entry, session, batch.nextTerms());
        if (answer instanceof Promise) underWay.push(answer.then(keep));
        else keep(answer);
      }
      await Promise.all(underWay);
      return batch.toJson();
    } finally {
      // From here on it counts as an answer that waits to be read.
      batch.release();
    }
  }

  function runsConcurrently(entry: unknown): boolean {
    const name = (entry as { readonly method?: unknown } | null)?.method;
    return typeof name === "string" && methods.get(name)?.isConcurrent === true;
  }

  function answerOne(entry: unknown, session: Session, terms: AnswerTerms): Awaitable<Answer | undefined> {
    let request: Request;
    try {
      request = readRequest(entry, limits);
    } catch (error) {
      return errorAnswer(readId(entry, limits) ?? "null", describe(error, "request"));
    }
    const answer = call(request, session, terms);
    if (request.idJson !== undefined) return answer;
    return answer instanceof Promise ? answer.then(() => undefined) : undefined;
  }

  function refuse(entry: unknown, error: TrellisError): string {
    return errorAnswer(readId(entry, limits) ?? "null", describe(error, "batch"));
  }

  function call(request: Request, session: Session, terms: AnswerTerms): Awaitable<Answer> {
    const method = methods.get(request.method);
    const idJson = request.idJson ?? "null";
    if (method === undefined || !isServedTo(session, method)) {
      meter.unknown();
      return errorAnswer(idJson, describe(unknownMethod(request.method, method), "unknown"));
    }
    const begun: Call = { method, idJson, startMs: clock.nowMs(), terms };
    try {
      const args = decodeArguments(method.params, request.params);
      gate.enter(method.weight);
      return run(begun, args, session);
    } catch (error) {
      return failed(begun, error);
    }
  }

  /** From here on the gate is entered. */
  function run(begun: Call, args: readonly unknown[], session: Session): Awaitable<Answer> {
    const { method, terms } = begun;
    try {
      const handle = () => runInLane(method, args, session, terms);
      const result = trace === undefined ? handle() : trace(method.name, session.traceparent, handle);
      if (result instanceof Promise) {
        return result.then(
          (value: unknown) => succeeded(begun, value),
          (error: unknown) => failed(begun, error, method.weight),
        );
      }
      return succeeded(begun, result);
    } catch (error) {
      return failed(begun, error, method.weight);
    }
  }

  /** [RPC-23] */
  function runInLane(
    method: Method,
    args: readonly unknown[],
    session: Session,
    { sinceMs, timeMs, sizeMax }: AnswerTerms,
  ): Awaitable<unknown> {
    if (method.lane === undefined) return method.handle(node, args, session);
    if (method.lane === "scan" && method.isQuick(args, node)) return method.handle(node, args, UNPACED);
    const terms = new CallTerms(session, clock, sinceMs, timeMs);
    if (method.lane === "read") {
      terms.check();
      const planned = method.plan(node, args);
      if (planned.kind === "answer") return planned.answer;
      return reads.run(planned, { logsResultsMax: limits.logsResultsMax, responseBytesMax: sizeMax }, terms);
    }
    if (method.lane === "execute") {
      return lanes.execute.run(terms, (cancellation) => method.handle(node, args, cancellation));
    }
    const isWhole = sizeMax === limits.responseBytesMax;
    const bounded = isWhole ? node : { ...node, limits: { ...limits, responseBytesMax: sizeMax } };
    return lanes.scan.run(terms, (pacing) => method.handle(bounded, args, pacing));
  }

  function succeeded(begun: Call, result: unknown): Answer {
    const { method, idJson, startMs, terms } = begun;
    let answer: Answer;
    try {
      answer = encode(result, idJson, terms.sizeMax);
    } catch (error) {
      return failed(begun, error, method.weight);
    }
    gate.leave(method.weight);
    meter.called(method.name, clock.nowMs() - startMs, true);
    return answer;
  }

  function failed({ method, idJson, startMs, terms }: Call, error: unknown, weight = 0): string {
    gate.leave(weight);
    if (isTrellisError(error) && ENDS_BATCH.has(error.code)) terms.endBatch?.(error);
    meter.called(method.name, clock.nowMs() - startMs, false);
    return errorAnswer(idJson, describe(error, method.name));
  }

  /** @throws RPC_RESPONSE_TOO_LARGE */
  function encode(result: unknown, idJson: string, responseBytesMax: number): Answer {
    const answer = answerOf(idJson, result);
    const size = sizeOf(answer);
    if (size <= responseBytesMax) return answer;
    throw rpcErrors.RPC_RESPONSE_TOO_LARGE({ got: size, responseBytesMax });
  }

  function describe(error: unknown, method: string): JsonRpcError {
    if (isTrellisError(error) && error.consequence !== "fatal") return toJsonRpcError(error);
    log.error("method failed", { method, error: error instanceof Error ? error : `${error}` });
    return INTERNAL_ERROR;
  }
}

/** @throws RPC_RESPONSE_TOO_LARGE where V8 gives up: strings beyond 512 MB */
function answerOf(idJson: string, result: unknown): Answer {
  try {
    if (result instanceof EncodedJson) return encodedAnswer(idJson, result);
    return resultAnswer(idJson, JSON.stringify(result) ?? "null");
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw rpcErrors.RPC_RESPONSE_TOO_LARGE({}, cause);
  }
}

/** Which methods need a role is no secret: they are documented. */
function unknownMethod(name: string, method: Method | undefined): TrellisError {
  const shown = name.slice(0, METHOD_SHOWN_MAX);
  if (method !== undefined) {
    const reason = `${method.role} methods are answered to programs on the node's own machine only, over loopback`;
    return rpcErrors.RPC_METHOD_UNKNOWN({ method: shown, reason });
  }
  const role = ALL_METHODS.find((known) => known.name === name)?.role;
  const reason = role === undefined ? undefined : `the role ${role} is not enabled on this node`;
  return rpcErrors.RPC_METHOD_UNKNOWN({ method: shown, reason });
}

/** Enough to recognise a misspelt name; not a mirror for whatever is sent. */
const METHOD_SHOWN_MAX = 128;
