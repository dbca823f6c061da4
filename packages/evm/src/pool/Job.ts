import type { BlockContext, Cancellation, Hash, StateReader } from "@trellis/protocol";
import { evmErrors } from "../errors.ts";
import type { Read, ReadAnswer, Task } from "./messages.ts";

type ReadValue = Extract<ReadAnswer, { readonly value: unknown }>["value"];

export interface JobInput<Result = unknown> {
  readonly state: StateReader;
  readonly stateBlock?: Hash | undefined;
  readonly context: BlockContext;
  readonly cancellation?: Cancellation | undefined;
  readonly task: () => Task;
  /** Whether the worker's result is complete. */
  readonly isResult: (result: unknown) => result is Result;
}

/** Settles once; further results are dropped. */
export class Job {
  readonly stateBlock: Hash | undefined;
  readonly task: () => Task;
  readonly isResult: (result: unknown) => boolean;
  readonly result: Promise<unknown>;
  readonly #state: StateReader;
  readonly #context: BlockContext;
  readonly #cancellation: Cancellation | undefined;
  readonly #settle: PromiseWithResolvers<unknown> = Promise.withResolvers<unknown>();
  readonly #onAbort: () => void;
  #isSettled = false;

  /** @param onAbort not called after the job has settled */
  constructor(
    { state, stateBlock, context, cancellation, task, isResult }: JobInput,
    onAbort: (job: Job) => void,
  ) {
    this.stateBlock = stateBlock;
    this.task = task;
    this.isResult = isResult;
    this.result = this.#settle.promise;
    this.#state = state;
    this.#context = context;
    this.#cancellation = cancellation;
    this.#onAbort = () => onAbort(this);
    cancellation?.signal.addEventListener("abort", this.#onAbort);
  }

  get isOver(): boolean {
    return this.#isSettled || this.#cancellation?.isOver() === true;
  }

  read(read: Read): ReadValue {
    if (this.isOver) throw evmErrors.CALL_STOPPED();
    switch (read.kind) {
      case "account":
        return this.#state.account(read.address);
      case "storage":
        return this.#state.storage(read.address, read.slot);
      case "code":
        return ownBytes(this.#state.code(read.codeHash));
      case "blockHash":
        return this.#context.blockHash(read.number);
    }
  }

  resolve(result: unknown): void {
    this.#end();
    this.#settle.resolve(result);
  }

  reject(error: unknown): void {
    this.#end();
    this.#settle.reject(error);
  }

  #end(): void {
    this.#isSettled = true;
    this.#cancellation?.signal.removeEventListener("abort", this.#onAbort);
  }
}

/** Structured clone would copy a view's whole buffer. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
