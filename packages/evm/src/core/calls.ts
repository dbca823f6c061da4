import {
  credit,
  debit,
  findAccount,
  isEmptyAccount,
  precompileId,
  touchAccount,
  warmAccount,
} from "./accounts";
import { codeOf, needBytes } from "./code";
import { useCompiled } from "./compiled";
import { delegateOf } from "./delegation";
import { COLD_ACCOUNT_GAS } from "./environment";
import { endFrame } from "./endFrame";
import { frameCount, popFrame, pushFrame, setReturnLength } from "./frames";
import {
  CONTINUE,
  HALT_BALANCE,
  HALT_DEPTH,
  HALT_OUT_OF_GAS,
  HALT_STATIC,
  HALT_STOP,
  SWITCH,
} from "./halts";
import { hostEnter, hostLeave } from "./host";
import { journalTop } from "./journal";
import { DEPTH_LIMIT } from "./layout";
import { logCount, logsEnd } from "./logs";
import { reach, reached } from "./memory";
import { CALL, CALLCODE, DELEGATECALL, STATICCALL } from "./opcodes";
import { setOutput } from "./output";
import { runPrecompile } from "./precompiles";
import {
  A_BALANCE,
  C_LENGTH,
  F_ACCOUNT,
  F_ADDRESS,
  F_CALLER,
  F_CODE,
  F_DATA,
  F_DATA_LENGTH,
  F_EPOCH,
  F_GAS,
  F_JOURNAL,
  F_KIND,
  F_LOG_COUNT,
  F_LOGS,
  F_MEMORY,
  F_MEMORY_SIZE,
  F_NEXT,
  F_OUTPUT,
  F_OUTPUT_LENGTH,
  F_PC,
  F_REFUND,
  F_STACK,
  F_STATIC,
  F_TARGET,
  F_TOP,
  F_VALUE,
} from "./records";
import { refund } from "./slots";
import { knownStart, translationEpoch } from "./translate";
import { copyWord, highLimbs, isLess, isZero, setSmall, setWord } from "./words";

const VALUE_GAS: i64 = 9000;
const NEW_ACCOUNT_GAS: i64 = 25000;
const STIPEND: i64 = 2300;
/** EIP-7702: access of a warm delegate. */
const WARM_ACCOUNT_GAS: i64 = 100;

/**
 * The operands end at `sp`. Returns SWITCH, CONTINUE, or a halt of the caller.
 */
export function beginCall(self: usize, sp: usize, kind: u32): i32 {
  const hasValue = kind == CALL || kind == CALLCODE;
  const value = sp - 96;
  const input = hasValue ? sp - 128 : sp - 96;
  const sendsValue = hasValue && !isZero(value);
  let gas = load<i64>(self, F_GAS);
  const target = findAccount(sp - 64);
  if (warmAccount(target)) {
    // geth charges the cold surcharge before anything else.
    if (gas < COLD_ACCOUNT_GAS) return HALT_OUT_OF_GAS;
    gas -= COLD_ACCOUNT_GAS;
  }
  const delegate = delegateOf(target);
  if (delegate) {
    gas -= warmAccount(delegate) ? COLD_ACCOUNT_GAS + WARM_ACCOUNT_GAS : WARM_ACCOUNT_GAS;
    if (gas < 0) {
      if (TRACING) store<i64>(self, gas, F_GAS);
      return HALT_OUT_OF_GAS;
    }
  }
  gas = reach(self, input, input - 32, 0, gas);
  if (gas >= 0) gas = reach(self, input - 64, input - 96, 0, gas);
  if (gas >= 0 && sendsValue) {
    gas -= VALUE_GAS;
    if (kind == CALL && isEmptyAccount(target)) gas -= NEW_ACCOUNT_GAS;
  }
  if (gas < 0) {
    if (TRACING) store<i64>(self, gas, F_GAS);
    return HALT_OUT_OF_GAS;
  }

  const most = gas - (gas >> 6);
  const requested = load<u64>(sp - 32);
  let childGas = highLimbs(sp - 32) || requested > <u64>most ? most : <i64>requested;
  store<i64>(self, gas - childGas, F_GAS);
  if (sendsValue && kind == CALL && load<u32>(self, F_STATIC)) return HALT_STATIC;
  if (sendsValue) childGas += STIPEND;
  setReturnLength(0);
  const result = input - 96;
  store<u32>(self, <u32>result, F_TOP);

  const account: usize = load<u32>(self, F_ACCOUNT);
  const isTooDeep = frameCount > DEPTH_LIMIT;
  if (isTooDeep || (sendsValue && isLess(account + A_BALANCE, value))) {
    if (TRACING) {
      hostEnter(kind, openCall(self, sp, kind, target, input, childGas));
      hostLeave(isTooDeep ? HALT_DEPTH : HALT_BALANCE, <f64>childGas, 0, 0);
      popFrame();
    }
    store<i64>(self, load<i64>(self, F_GAS) + childGas, F_GAS);
    setSmall(result, 0);
    store<u32>(self, <u32>(result + 32), F_TOP);
    return CONTINUE;
  }
  const child = openCall(self, sp, kind, target, input, childGas);
  if (TRACING) hostEnter(kind, child);
  if (kind == CALL) {
    if (sendsValue) debit(account, value);
    credit(target, value);
  } else if (kind == STATICCALL) touchAccount(target);
  return startOn(child, target, delegate ? delegate : target);
}

function openCall(self: usize, sp: usize, kind: u32, target: usize, input: usize, gas: i64): usize {
  const child = openFrame(kind, load<u32>(self, F_TOP), load<u32>(self, F_MEMORY) + load<u32>(self, F_MEMORY_SIZE), gas);
  store<u32>(child, <u32>reached(self, input, input - 32), F_DATA);
  store<u32>(child, load<u32>(input - 32), F_DATA_LENGTH);
  store<u32>(child, <u32>reached(self, input - 64, input - 96), F_OUTPUT);
  store<u32>(child, load<u32>(input - 96), F_OUTPUT_LENGTH);
  store<u32>(child, kind == STATICCALL ? 1 : load<u32>(self, F_STATIC), F_STATIC);
  const isOwn = kind == CALL || kind == STATICCALL;
  store<u32>(child, isOwn ? <u32>target : load<u32>(self, F_ACCOUNT), F_ACCOUNT);
  if (isOwn) setAddress(child + F_ADDRESS, target);
  else copyWord(child + F_ADDRESS, self + F_ADDRESS);
  copyWord(child + F_CALLER, self + (kind == DELEGATECALL ? F_CALLER : F_ADDRESS));
  if (kind == DELEGATECALL) copyWord(child + F_VALUE, self + F_VALUE);
  else if (kind == STATICCALL) setSmall(child + F_VALUE, 0);
  else copyWord(child + F_VALUE, sp - 96);
  store<u32>(child, <u32>target, F_TARGET);
  return child;
}

export function openFrame(kind: u32, stack: usize, memoryBase: usize, gas: i64): usize {
  const child = pushFrame();
  store<u32>(child, 0, F_CODE);
  store<u32>(child, <u32>stack, F_STACK);
  store<u32>(child, <u32>stack, F_TOP);
  store<u32>(child, <u32>memoryBase, F_MEMORY);
  store<u32>(child, 0, F_MEMORY_SIZE);
  store<i64>(child, gas, F_GAS);
  store<u32>(child, kind, F_KIND);
  store<u32>(child, <u32>journalTop, F_JOURNAL);
  store<u32>(child, <u32>logsEnd, F_LOGS);
  store<u32>(child, logCount, F_LOG_COUNT);
  store<i64>(child, refund, F_REFUND);
  return child;
}

export function setAddress(word: usize, account: usize): void {
  setWord(word, load<u64>(account), load<u64>(account, 8), load<u64>(account, 16), 0);
}

/** Runs the code of `runner`. Returns CONTINUE if the call is already complete. */
export function startOn(child: usize, target: usize, runner: usize): i32 {
  const precompile = precompileId(target);
  if (precompile) {
    endFrame(runPrecompile(child, precompile));
    return CONTINUE;
  }
  const code = codeOf(runner);
  if (load<u32>(code, C_LENGTH) == 0) {
    setOutput(load<u32>(child, F_MEMORY), 0);
    endFrame(HALT_STOP);
    return CONTINUE;
  }
  needBytes(code);
  runCode(child, code);
  return SWITCH;
}

/** Does not translate yet, so that a call takes constant time. */
export function runCode(child: usize, code: usize): void {
  const start = knownStart(code);
  store<u32>(child, <u32>code, F_CODE);
  store<u32>(child, <u32>start, F_NEXT);
  store<u32>(child, start ? translationEpoch : 0, F_EPOCH);
  store<u32>(child, 0, F_PC);
  useCompiled(child, code);
}
