import { hashDeployed, keepTranslation } from "./creationMemo";
import { FAULT_RETURN_DATA, raiseFault } from "./fault";
import { frame, frameCount, popFrame, setReturnLength } from "./frames";
import {
  HALT_CODE_DEPOSIT,
  HALT_CODE_PREFIX,
  HALT_CODE_SIZE,
  HALT_RETURN,
  HALT_REVERT,
} from "./halts";
import { hostLeave, hostStoreCode } from "./host";
import { recordCodeHash, revertJournal } from "./journal";
import { CODE_SIZE_MAX, R_HALT, R_OUTPUT, R_OUTPUT_LENGTH, R_REFUND, RESULT, RETURN_DATA, RETURN_DATA_END } from "./layout";
import { truncateLogs } from "./logs";
import { CREATE, CREATE2 } from "./opcodes";
import { output, outputLength, setOutput } from "./output";
import {
  A_CODE_EPOCH,
  A_CODE_HASH,
  F_ACCOUNT,
  F_ADDRESS,
  F_CODE,
  F_GAS,
  F_INIT_CODE,
  F_JOURNAL,
  F_KIND,
  F_LOG_COUNT,
  F_LOGS,
  F_OUTPUT,
  F_OUTPUT_LENGTH,
  F_REFUND,
  F_TOP,
} from "./records";
import { refund, setRefund } from "./slots";
import { copyWord, setSmall } from "./words";

const CODE_BYTE_GAS: i64 = 200;

export let messageGasLeft: i64 = 0;

export function endFrame(halt: i32): void {
  const self = frame;
  const isCreation = load<u32>(self, F_KIND) == CREATE || load<u32>(self, F_KIND) == CREATE2;
  if (isCreation && halt <= HALT_RETURN) halt = depositCode(self);
  if (TRACING) store<i64>(RESULT, refund, R_REFUND);
  if (halt > HALT_RETURN) {
    revertJournal(load<u32>(self, F_JOURNAL));
    truncateLogs(load<u32>(self, F_LOGS), load<u32>(self, F_LOG_COUNT));
    setRefund(load<i64>(self, F_REFUND));
  }
  if (halt > HALT_REVERT) setOutput(RETURN_DATA, 0);
  if (TRACING) hostLeave(halt, <f64>load<i64>(self, F_GAS), output, outputLength);
  if (halt > HALT_REVERT) store<i64>(self, 0, F_GAS);
  popFrame();
  if (frameCount == 0) {
    messageGasLeft = load<i64>(self, F_GAS);
    store<u32>(RESULT, halt, R_HALT);
    store<u32>(RESULT, <u32>output, R_OUTPUT);
    store<u32>(RESULT, outputLength, R_OUTPUT_LENGTH);
    return;
  }
  if (isCreation && halt <= HALT_RETURN) setReturnLength(0);
  else keepOutput();
  resumeCaller(frame, self, halt <= HALT_RETURN, isCreation);
}

@inline
function resumeCaller(caller: usize, self: usize, isSuccess: bool, isCreation: bool): void {
  const result: usize = load<u32>(caller, F_TOP);
  if (isCreation && isSuccess) copyWord(result, self + F_ADDRESS);
  else setSmall(result, u64(isSuccess));
  store<u32>(caller, <u32>(result + 32), F_TOP);
  store<i64>(caller, load<i64>(caller, F_GAS) + load<i64>(self, F_GAS), F_GAS);
  if (!isCreation) {
    const count = min(outputLength, load<u32>(self, F_OUTPUT_LENGTH));
    if (count) memory.copy(load<u32>(self, F_OUTPUT), RETURN_DATA, count);
  }
}

/** Copies the output, because the caller's memory may grow over it. */
function keepOutput(): void {
  if (<usize>outputLength > RETURN_DATA_END - RETURN_DATA) {
    raiseFault(FAULT_RETURN_DATA);
    setOutput(RETURN_DATA, 0);
  }
  if (outputLength && output != RETURN_DATA) memory.copy(RETURN_DATA, output, outputLength);
  setReturnLength(outputLength);
}

function depositCode(self: usize): i32 {
  const length = outputLength;
  const initCode = self + F_INIT_CODE;
  if (load<u32>(self, F_CODE) == <u32>initCode) keepTranslation(initCode);
  if (length > CODE_SIZE_MAX) return HALT_CODE_SIZE;
  if (length && load<u8>(output) == 0xef) return HALT_CODE_PREFIX;
  const gas = load<i64>(self, F_GAS) - CODE_BYTE_GAS * <i64>length;
  if (gas < 0) return HALT_CODE_DEPOSIT;
  store<i64>(self, gas, F_GAS);
  if (length == 0) return HALT_RETURN;
  const account: usize = load<u32>(self, F_ACCOUNT);
  recordCodeHash(account);
  hashDeployed(account + A_CODE_HASH, output, length);
  store<u32>(account, 0, A_CODE_EPOCH);
  hostStoreCode(account + A_CODE_HASH, output, length);
  return HALT_RETURN;
}
