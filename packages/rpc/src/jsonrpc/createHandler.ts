import { isTrellisError, type Log, type TrellisError } from "@trellis/base";
import { type Awaitable, EncodedJson } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";
import type { LoadGate } from "../guards/LoadGate.ts";
import { isServedTo } from "../guards/localProgram.ts";
import { LARGE, type OutgoingBytes } from "../guards/OutgoingBytes.ts";
import { Pacer } from "../guards/Pacer.ts";
import { scanJson } from "../guards/scanJson.ts";
import { ALL_METHODS } from "../methods/allMethods.ts";
import type { Method } from "../methods/Method.ts";
import type { TraceCall } from "../ports.ts";
import type { RpcNode } from "../RpcNode.ts";
import type { Session } from "../Session.ts";
import type { CallMeter } from "../server/CallMeter.ts";
import { errorAnswer, resultAnswer } from "./answers.ts";
import { decodeArguments } from "./decodeArguments.ts";
import { INTERNAL_ERROR, type JsonRpcError, toJsonRpcError } from "./errorTable.ts";
import { parseMessage } from "./parseMessage.ts";
import { type Request, readId, readRequest } from "./readRequest.ts";

/** Answers a message: one request or a batch. Never throws; undefined if there is nothing to answer. */
export type Handler = (message: Buffer, session: Session) => Awaitable<string | undefined>;

export interface HandlerPorts {
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
}

/** How far a batch has used up what it has. */
interface BatchState {
  /** Characters of the answers so far. */
  readonly size: number;
  /** Beside what the answers of others hold. */
  readonly hasRoom: boolean;
  readonly endMs: number;
}

/** What can be answered at once is: a promise costs more than most methods. */
export function createHandler(node: RpcNode, { gate, meter, outgoing, log, trace }: HandlerPorts): Handler {
  const { limits, methods, clock } = node;

  return function handle(message, session) {
    try {
      scanJson(message, limits);
      const parsed = parseMessage(message);
      if (!Array.isArray(parsed)) return answerOne(parsed, session);
      if (parsed.length === 0) throw rpcErrors.RPC_BATCH_EMPTY();
      return answerBatch(parsed, session).catch((error) => errorAnswer("null", describe(error, "batch")));
    } catch (error) {
      return errorAnswer("null", describe(error, "message"));
    }
  };

  /** One entry after another, but for neighbours that may run at once. [RPC-2] */
  async function answerBatch(entries: readonly unknown[], session: Session): Promise<string | undefined> {
    const pacer = new Pacer(clock, node.scheduler);
    const endMs = clock.nowMs() + limits.batchTimeMs;
    const answers: (string | undefined)[] = new Array(entries.length);
    let size = 0;
    let held = 0;
    let hasRoom = true;
    const keep = (index: number, answer: string | undefined): void => {
      const length = answer?.length ?? 0;
      const growth = size + length - held;
      if (growth >= LARGE) {
        hasRoom = outgoing.admit(growth);
        if (hasRoom) held += growth;
      }
      answers[index] = hasRoom || length < LARGE ? answer : refuse(entries[index], overloaded(length));
      size += answers[index]?.length ?? 0;
    };
    let underWay: Promise<void>[] = [];
    let mayJoin = false;
    try {
      for (const [index, entry] of entries.entries()) {
        const isConcurrent = runsConcurrently(entry);
        if (underWay.length > 0 && !(mayJoin && isConcurrent)) {
          await Promise.all(underWay);
          underWay = [];
        }
        mayJoin = isConcurrent;
        const answer = refuseExhausted(entry, { size, hasRoom, endMs }) ?? answerOne(entry, session);
        if (answer instanceof Promise) underWay.push(answer.then((given) => keep(index, given)));
        else keep(index, answer);
        if (pacer.isDue) await pacer.pause();
      }
      await Promise.all(underWay);
      const given = answers.filter((answer) => answer !== undefined);
      return given.length === 0 ? undefined : `[${given.join(",")}]`;
    } finally {
      // From here on it counts as an answer that waits to be read.
      outgoing.release(held);
    }
  }

  function runsConcurrently(entry: unknown): boolean {
    const name = (entry as { readonly method?: unknown } | null)?.method;
    return typeof name === "string" && methods.get(name)?.isConcurrent === true;
  }

  function answerOne(entry: unknown, session: Session): Awaitable<string | undefined> {
    let request: Request;
    try {
      request = readRequest(entry, limits);
    } catch (error) {
      return errorAnswer(readId(entry, limits) ?? "null", describe(error, "request"));
    }
    const answer = call(request, session);
    if (request.idJson !== undefined) return answer;
    return typeof answer === "string" ? undefined : answer.then(() => undefined);
  }

  /** Once a batch has used up its space or time, or there is no room for its answers, the rest of it is refused. [RPC-17] */
  function refuseExhausted(entry: unknown, batch: BatchState): string | undefined {
    const error = exhaustion(batch);
    return error && refuse(entry, error);
  }

  function refuse(entry: unknown, error: TrellisError): string {
    return errorAnswer(readId(entry, limits) ?? "null", describe(error, "batch"));
  }

  function exhaustion({ size, hasRoom, endMs }: BatchState): TrellisError | undefined {
    const { responseBytesMax, batchTimeMs } = limits;
    if (size > responseBytesMax) return rpcErrors.RPC_RESPONSE_TOO_LARGE({ responseBytesMax });
    if (!hasRoom) return overloaded(size);
    return clock.nowMs() > endMs ? rpcErrors.RPC_BATCH_TIMED_OUT({ batchTimeMs }) : undefined;
  }

  function call(request: Request, session: Session): string | Promise<string> {
    const method = methods.get(request.method);
    const idJson = request.idJson ?? "null";
    if (method === undefined || !isServedTo(session, method)) {
      meter.unknown();
      return errorAnswer(idJson, describe(unknownMethod(request.method, method), "unknown"));
    }
    const begun: Call = { method, idJson, startMs: clock.nowMs() };
    try {
      const args = decodeArguments(method.params, request.params);
      gate.enter(method.weight);
      return run(begun, args, session);
    } catch (error) {
      return failed(begun, error);
    }
  }

  /** From here on the gate is entered. */
  function run(begun: Call, args: readonly unknown[], session: Session): string | Promise<string> {
    const { method } = begun;
    try {
      const handle = () => method.handle(node, args, session);
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

  function succeeded(begun: Call, result: unknown): string {
    const { method, idJson, startMs } = begun;
    let answer: string;
    try {
      answer = encode(result, idJson);
    } catch (error) {
      return failed(begun, error, method.weight);
    }
    gate.leave(method.weight);
    meter.called(method.name, clock.nowMs() - startMs, true);
    return answer;
  }

  function failed({ method, idJson, startMs }: Call, error: unknown, weight = 0): string {
    gate.leave(weight);
    meter.called(method.name, clock.nowMs() - startMs, false);
    return errorAnswer(idJson, describe(error, method.name));
  }

  /** @throws RPC_RESPONSE_TOO_LARGE */
  function encode(result: unknown, idJson: string): string {
    const answer = resultAnswer(idJson, stringify(result));
    if (answer.length <= limits.responseBytesMax) return answer;
    throw rpcErrors.RPC_RESPONSE_TOO_LARGE({
      got: answer.length,
      responseBytesMax: limits.responseBytesMax,
    });
  }

  function describe(error: unknown, method: string): JsonRpcError {
    if (isTrellisError(error) && error.consequence !== "fatal") return toJsonRpcError(error);
    log.error("method failed", { method, error: error instanceof Error ? error : `${error}` });
    return INTERNAL_ERROR;
  }
}

/** @throws RPC_RESPONSE_TOO_LARGE where V8 gives up: strings beyond 512 MB */
function stringify(result: unknown): string {
  try {
    return result instanceof EncodedJson ? result.text() : (JSON.stringify(result) ?? "null");
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw rpcErrors.RPC_RESPONSE_TOO_LARGE({}, cause);
  }
}

function overloaded(size: number): TrellisError {
  return rpcErrors.RPC_OVERLOADED({ size });
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
