import { isTrellisError, type Log, type TrellisError } from "@trellis/base";
import { authErrors } from "@trellis/platform";
import { type Awaitable, EncodedJson } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";
import { runOnFork } from "../forked/runOnFork.ts";
import { CallDeadline } from "../guards/CallDeadline.ts";
import type { LoadGate } from "../guards/LoadGate.ts";
import { isServedTo } from "../guards/localProgram.ts";
import type { RpcCaller } from "../guards/RpcGuard.ts";
import { UNPACED } from "../guards/ScanLane.ts";
import { ALL_METHODS } from "../methods/allMethods.ts";
import type { Method } from "../methods/Method.ts";
import type { TraceCall } from "../ports.ts";
import type { RpcNode } from "../RpcNode.ts";
import { unpackError } from "../reads/pool/messages.ts";
import type { Session } from "../Session.ts";
import { type Answer, encodedAnswer, errorAnswer, resultAnswer, sizeOf } from "./answers.ts";
import type { CallMeter } from "./CallMeter.ts";
import { decodeArguments } from "./decodeArguments.ts";
import type { RemoteEngine } from "./engine/RemoteEngine.ts";
import { INTERNAL_ERROR, toJsonRpcError } from "./errorTable.ts";
import { type Request, readId, readRequest } from "./readRequest.ts";

export interface CallPorts {
  readonly methods: ReadonlyMap<string, Method>;
  readonly gate: LoadGate;
  readonly meter: CallMeter;
  readonly log: Log;
  readonly trace?: TraceCall | undefined;
  /** Runs the calls in another thread. [RPC-33] */
  readonly engine?: RemoteEngine | undefined;
}

export interface AnswerOptions {
  /** Start of the message or batch entry, ms since the Unix epoch. */
  readonly sinceMs: number;
  readonly timeMs: number;
  readonly sizeMax: number;
  /** Refuses the remaining entries after an expensive error. */
  readonly endBatch?: (error: TrellisError) => void;
}

interface Call {
  readonly method: Method;
  readonly idJson: string;
  readonly startMs: number;
  readonly options: AnswerOptions;
  readonly params: readonly unknown[];
  readonly caller: RpcCaller | undefined;
  /** Part of the caller's rate window that was charged. */
  readonly part: number;
  work: Pick<CallDeadline, "workMs" | "gasUsed"> | undefined;
}

/** After these errors, other entries may be as expensive. [RPC-17] [RPC-24] */
const ENDS_BATCH: ReadonlySet<string> = new Set(["RPC_RESPONSE_TOO_LARGE", "RPC_BAD_SIGNATURES"]);
const METHOD_SHOWN_MAX = 128;

/** Synchronous where possible: a promise costs more than most methods. */
export class MethodCalls {
  readonly #node: RpcNode;
  readonly #ports: CallPorts;

  constructor(node: RpcNode, ports: CallPorts) {
    this.#node = node;
    this.#ports = ports;
  }

  /** Undefined for a notification. Never throws. */
  answer(entry: unknown, session: Session, options: AnswerOptions): Awaitable<Answer | undefined> {
    let request: Request;
    try {
      request = readRequest(entry, this.#node.limits);
    } catch (error) {
      session.caller?.offend("malformed");
      return this.refusal(entry, error, "request");
    }
    const settled = this.#node.settled();
    const call = () => this.#call(request, session, options);
    const answer = settled === undefined ? call() : settled.then(call);
    if (request.idJson !== undefined) return answer;
    return answer instanceof Promise ? answer.then(() => undefined) : undefined;
  }

  refusal(entry: unknown, error: unknown, place: string): string {
    return this.#errorAnswer(readId(entry, this.#node.limits) ?? "null", error, place);
  }

  runsConcurrently(entry: unknown): boolean {
    const name = (entry as { readonly method?: unknown } | null)?.method;
    return typeof name === "string" && this.#ports.methods.get(name)?.isConcurrent === true;
  }

  #call(request: Request, session: Session, options: AnswerOptions): Awaitable<Answer> {
    const { methods, gate, meter } = this.#ports;
    const method = methods.get(request.method);
    const idJson = request.idJson ?? "null";
    const { caller } = session;
    if (method === undefined || !isServedTo(session, method) || isHidden(method, caller)) {
      meter.unknown();
      caller?.offend("scan");
      return this.#errorAnswer(idJson, unknownMethod(request.method, method, caller), "unknown");
    }
    const refused = caller === undefined ? undefined : refusalOf(caller, method, session);
    if (refused !== undefined) return this.#errorAnswer(idJson, refused, method.name);
    if (method.role === "admin") this.#recordAdmin(method, session);
    const startMs = this.#node.clock.nowMs();
    const params = (request.params ?? []) as readonly unknown[];
    const part = caller?.part ?? 0;
    const call: Call = { method, idJson, startMs, options, params, caller, part, work: undefined };
    const { engine } = this.#ports;
    if (engine !== undefined && !isOfSession(method))
      return this.#runElsewhere(engine, call, request, session);
    try {
      const args = decodeArguments(method.params, request.params);
      gate.enter(method.weight, caller?.isReserved);
      return this.#run(call, args, session);
    } catch (error) {
      return this.#failed(call, error);
    }
  }

  #recordAdmin({ name }: Method, { caller, address }: Session): void {
    this.#ports.log.info("admin.called", { method: name, by: caller?.name, address });
  }

  #run(call: Call, args: readonly unknown[], session: Session): Awaitable<Answer> {
    const { trace } = this.#ports;
    const { method } = call;
    try {
      const handle = () => this.#runHereOrForwarded(call, args, session);
      const result = trace === undefined ? handle() : trace(method.name, session.traceparent, handle);
      if (result instanceof Promise) {
        return result.then(
          (value: unknown) => this.#succeeded(call, value),
          (error: unknown) => this.#failed(call, error, method.weight),
        );
      }
      return this.#succeeded(call, result, true);
    } catch (error) {
      return this.#failed(call, error, method.weight);
    }
  }

  /** The engine decodes the arguments, and counts the call. */
  async #runElsewhere(
    engine: RemoteEngine,
    call: Call,
    { params }: Request,
    session: Session,
  ): Promise<Answer> {
    const { gate } = this.#ports;
    const { method, idJson, options, caller } = call;
    try {
      gate.enter(method.weight, caller?.isReserved);
    } catch (error) {
      return this.#failed(call, error);
    }
    try {
      const done = await engine.call(session, { idJson, method: method.name, params }, options);
      call.work = done;
      this.#settle(call, 0);
      for (const offence of done.offences) caller?.offend(offence);
      if (done.ends !== undefined) options.endBatch?.(unpackError(done.ends) as TrellisError);
      return done.answer;
    } catch (error) {
      this.#settle(call, 0);
      return this.#errorAnswer(idJson, error, method.name);
    } finally {
      gate.leave(method.weight);
    }
  }

  #settle({ caller, part, method, work }: Call, workMs: number): void {
    caller?.settle(part, method.weight, work?.workMs ?? workMs, work?.gasUsed ?? 0);
  }

  /** [DEV-8] */
  #runHereOrForwarded(call: Call, args: readonly unknown[], session: Session): Awaitable<unknown> {
    const { forked } = this.#node;
    if (forked === undefined) return this.#runInLane(call, call.method, args, session);
    const { methods } = this.#ports;
    const { method, params } = call;
    const runHere = (name: string, own: readonly unknown[]) =>
      this.#runInLane(call, methods.get(name)!, own, session);
    return runOnFork(this.#node, { method: method.name, params, args }, { forked, runHere });
  }

  #runInLane(call: Call, method: Method, args: readonly unknown[], session: Session): Awaitable<unknown> {
    const { sinceMs, timeMs, sizeMax } = call.options;
    const node = this.#node;
    const { limits, clock, lanes, reads } = node;
    if (method.lane === undefined) return method.handle(node, args, session);
    if (method.lane === "scan" && method.isQuick(args, node)) return method.handle(node, args, UNPACED);
    const deadline = new CallDeadline(session, clock, sinceMs, timeMs);
    call.work = deadline;
    if (method.lane === "read") {
      deadline.check();
      const planned = method.plan(node, args);
      if (planned.kind === "answer") return planned.answer;
      return reads.run(
        planned,
        { logsResultsMax: limits.logsResultsMax, responseBytesMax: sizeMax },
        deadline,
      );
    }
    if (method.lane === "execute") {
      const pacing = lanes.scan.pacing(deadline);
      return lanes.execute.run(deadline, (cancellation) =>
        method.handle(node, args, { ...cancellation, pacing }),
      );
    }
    const isWhole = sizeMax === limits.responseBytesMax;
    const bounded = isWhole ? node : { ...node, limits: { ...limits, responseBytesMax: sizeMax } };
    return lanes.scan.run(deadline, (pacing) => method.handle(bounded, args, pacing));
  }

  #succeeded(call: Call, result: unknown, isSync = false): Answer {
    const { method, idJson, startMs, options } = call;
    let answer: Answer;
    try {
      answer = encode(result, idJson, options.sizeMax);
    } catch (error) {
      return this.#failed(call, error, method.weight);
    }
    this.#ports.gate.leave(method.weight);
    const tookMs = this.#node.clock.nowMs() - startMs;
    // Outside the lanes, a promise waits for other work: the caller is not charged.
    if (isSync || call.work !== undefined) this.#settle(call, tookMs);
    this.#ports.meter.called(method.name, tookMs, true);
    return answer;
  }

  #failed(call: Call, error: unknown, weight = 0): string {
    const { method, idJson, startMs, options } = call;
    this.#ports.gate.leave(weight);
    this.#settle(call, 0);
    if (isTrellisError(error) && ENDS_BATCH.has(error.code)) options.endBatch?.(error);
    this.#ports.meter.called(method.name, this.#node.clock.nowMs() - startMs, false);
    return this.#errorAnswer(idJson, error, method.name);
  }

  #errorAnswer(idJson: string, error: unknown, method: string): string {
    if (isTrellisError(error) && error.consequence !== "fatal") {
      return errorAnswer(idJson, toJsonRpcError(error));
    }
    this.#ports.log.error("method.failed", { method, error: error instanceof Error ? error : `${error}` });
    return errorAnswer(idJson, INTERNAL_ERROR);
  }
}

/** @throws RPC_RESPONSE_TOO_LARGE, also beyond V8's string limit (512 MB) */
function encode(result: unknown, idJson: string, responseBytesMax: number): Answer {
  let answer: Answer;
  try {
    if (result instanceof EncodedJson) answer = encodedAnswer(idJson, result);
    else answer = resultAnswer(idJson, JSON.stringify(result) ?? "null");
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw rpcErrors.RPC_RESPONSE_TOO_LARGE({}, cause);
  }
  const size = sizeOf(answer);
  if (size <= responseBytesMax) return answer;
  throw rpcErrors.RPC_RESPONSE_TOO_LARGE({ got: size, responseBytesMax });
}

/** Its subscriptions belong to the socket. */
function isOfSession({ name }: Method): boolean {
  return name.endsWith("_unsubscribe");
}

function isHidden({ name }: Method, caller: RpcCaller | undefined): boolean {
  return caller?.hidesMethods === true && !caller.mayCall(name);
}

/** [GUARD-2] [GUARD-3] */
function refusalOf(caller: RpcCaller, { name, weight }: Method, session: Session): TrellisError | undefined {
  if (!caller.mayCall(name)) {
    caller.forbidden();
    note(session, 403);
    return authErrors.SCOPE_FORBIDDEN({ needed: name.replace(/[_.]/, ":") });
  }
  const refusal = caller.take(name, weight);
  if (refusal === undefined) return undefined;
  const { reason: policy, limit, retryAfterS } = refusal;
  note(session, 429, retryAfterS);
  return authErrors.RATE_LIMITED({ policy, limit, retryAfterS });
}

function note(session: Session, status: number, retryAfterS?: number): void {
  if (session.refusal === undefined) session.refusal = { status, retryAfterS, count: 1 };
  else session.refusal.count++;
}

function unknownMethod(
  name: string,
  method: Method | undefined,
  caller: RpcCaller | undefined,
): TrellisError {
  const shown = name.slice(0, METHOD_SHOWN_MAX);
  if (caller?.hidesMethods === true) return rpcErrors.RPC_METHOD_UNKNOWN({ method: shown });
  if (method !== undefined) {
    const reason = `${method.role} methods are available only on the node's own machine, over loopback`;
    return rpcErrors.RPC_METHOD_UNKNOWN({ method: shown, reason });
  }
  const role = ALL_METHODS.find((known) => known.name === name)?.role;
  const reason = role === undefined ? undefined : `the role ${role} is not enabled on this node`;
  return rpcErrors.RPC_METHOD_UNKNOWN({ method: shown, reason });
}
