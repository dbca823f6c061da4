import type { EVM, EVMResult, ExecResult, Message } from "@ethereumjs/evm";

const FORMAT_BYTE = 0xef;

/** Protected members of ethereumjs's EVM. */
interface Inside {
  runInterpreter(message: Message, options?: unknown): Promise<ExecResult>;
  _executeCreate(message: Message): Promise<EVMResult>;
}

/**
 * ethereumjs 10.1.3 applies EIP-3541 even to reverted creations and consumes all gas if the data begins with
 * 0xEF. This function hides that byte.
 */
export function keepFailedCreations(evm: EVM): void {
  const inside = evm as unknown as Inside;
  const [run, create] = [inside.runInterpreter.bind(evm), inside._executeCreate.bind(evm)];
  const hidden = new WeakMap<Uint8Array, Uint8Array>();
  inside.runInterpreter = async (message, options) => {
    const result = await run(message, options);
    const { returnValue } = result;
    if (!message.isCreate || result.exceptionError === undefined || returnValue[0] !== FORMAT_BYTE)
      return result;
    const shown = returnValue.with(0, 0);
    hidden.set(shown, returnValue);
    return { ...result, returnValue: shown };
  };
  inside._executeCreate = async (message) => {
    const result = await create(message);
    const { execResult } = result;
    const returnValue = hidden.get(execResult.returnValue) ?? execResult.returnValue;
    return { ...result, execResult: { ...execResult, returnValue } };
  };
}
