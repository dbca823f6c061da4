import type { EVM, ExecResult, InterpreterStep } from "@ethereumjs/evm";

type RunState = NonNullable<ExecResult["runState"]>;
type Interpreter = RunState["interpreter"];

const STOP = Uint8Array.of(0);
const installed = new WeakSet<object>();

/**
 * ethereumjs's own step hook omits undefined opcodes, and reads REVERT data before it charges gas. The
 * interpreter class is not exported, so its prototype is read from a run.
 */
export async function installStepHook(evm: EVM): Promise<void> {
  const { runState } = await evm.runCode({ code: STOP, gasLimit: 1n });
  const prototype = Object.getPrototypeOf(runState!.interpreter) as Interpreter;
  if (installed.has(prototype)) return;
  installed.add(prototype);
  prototype._runStepHook = async function (fee, gasLeft, memoryWords) {
    const { _runState: state } = this as unknown as { readonly _runState: RunState };
    this._evm.events.emit("step", stepOf(this, state, fee, gasLeft, memoryWords));
  };
}

function stepOf(
  { _env, _evm }: Interpreter,
  state: RunState,
  fee: bigint,
  gasLeft: bigint,
  memoryWords: bigint,
): InterpreterStep {
  const { code, programCounter, stack, gasRefund, stateManager } = state;
  const opcode = code[programCounter]!;
  const constant = _evm.getActiveOpcodes().get(opcode)?.fee ?? 0;
  return {
    pc: programCounter,
    opcode: { name: "", fee: constant, dynamicFee: fee, isAsync: false, code: opcode },
    gasLeft,
    gasRefund,
    stack: stack.getStack(),
    memory: memoryOf(state, memoryWords),
    memoryWordCount: memoryWords,
    depth: _env.depth,
    address: _env.address,
    account: _env.contract,
    codeAddress: _env.codeAddress,
    stateManager,
  };
}

export function memoryOf({ memory }: RunState, words: bigint): Uint8Array {
  const bytes = new Uint8Array(Number(words) * 32);
  bytes.set(memory._store.subarray(0, bytes.length));
  return bytes;
}
