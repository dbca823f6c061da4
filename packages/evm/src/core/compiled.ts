import { beginCall } from "./calls";
import { isCached } from "./code";
import { beginCreate } from "./creates";
import { dependOnBlock, dependOnFee } from "./dependence";
import { isReturnDataThere, log, payReturnDataCopy, returnDataCopy } from "./environment";
import { frameCount } from "./frames";
import {
  HALT_OUT_OF_GAS,
  HALT_RETURN_DATA,
  HALT_STATIC,
  HALT_STOP,
} from "./halts";
import { hostCompile } from "./host";
import { R_UNSURE, RESULT } from "./layout";
import { expand, outOfReach, reach, reached, roundUp } from "./memory";
import { CREATE2 } from "./opcodes";
import { setOutput } from "./output";
import {
  C_COMPILED,
  C_HEAT,
  C_LENGTH,
  F_ACCOUNT,
  F_COMPILED,
  F_ENTRY,
  F_GAS,
  F_MEMORY,
  F_MEMORY_SIZE,
  F_PC,
  F_STATIC,
  F_TOP,
} from "./records";
import { loadSlot, storeSlot } from "./slots";
import { loadTransient, storeTransient } from "./transient";

// What compiled code (src/jit) calls, and which code is compiled. [EVM-21]
// Negative gas means that the frame fails; `failed` then returns its halt.

/** Gas per byte of code that the interpreter uses before the code is compiled. */
let gasPerByte: u32 = u32.MAX_VALUE;
/** Of C_HEAT: never compile. */
const REFUSED: u32 = 0xffffffff;

export function setGasPerByte(gas: u32): void {
  gasPerByte = gas;
}

/** Called after the interpreter ran a frame of `code`. */
export function heat(code: usize, gas: i64): void {
  if (TRACING || gas <= 0 || !isCached(code)) return;
  const before = load<u32>(code, C_HEAT);
  if (before != REFUSED) store<u32>(code, <u32>min<i64>(<i64>before + gas, <i64>REFUSED - 1), C_HEAT);
}

/** Sets the compiled code of a new frame. Compiles hot code first. */
export function useCompiled(child: usize, code: usize): void {
  let compiled: u32 = 0;
  if (!TRACING && gasPerByte != u32.MAX_VALUE && isCached(code)) {
    compiled = load<u32>(code, C_COMPILED);
    if (compiled == 0) {
      const heat = load<u32>(code, C_HEAT);
      if (heat != REFUSED && <u64>heat >= <u64>gasPerByte * load<u32>(code, C_LENGTH)) {
        compiled = hostCompile(code);
        store<u32>(code, compiled, C_COMPILED);
        store<u32>(code, REFUSED, C_HEAT);
      }
    }
  }
  store<u32>(child, compiled, F_COMPILED);
  if (compiled) store<u32>(child, 0, F_ENTRY);
}

let pendingHalt: i32 = 0;

export function failed(): i32 {
  const halt = pendingHalt;
  pendingHalt = 0;
  if (halt) return halt;
  if (frameCount == 1) store<u32>(RESULT, 1, R_UNSURE);
  return HALT_OUT_OF_GAS;
}

function failWith(halt: i32): i64 {
  pendingHalt = halt;
  return -1;
}

/** Charges for memory up to `end`. The greatest number means that the offset is beyond memory. */
export function expandFrame(self: usize, end: u32, gas: i64): i64 {
  if (end == u32.MAX_VALUE) {
    outOfReach(gas);
    return -1;
  }
  gas = expand(load<u32>(self, F_MEMORY), load<u32>(self, F_MEMORY_SIZE), end, gas);
  if (gas >= 0) store<u32>(self, roundUp(end), F_MEMORY_SIZE);
  return gas;
}

export function readSlot(self: usize, word: usize, gas: i64): i64 {
  return gas - loadSlot(load<u32>(self, F_ACCOUNT), word);
}

/** EIP-2200. `rest` is the gas already charged for later instructions. */
export function writeSlot(self: usize, key: usize, value: usize, rest: i64, gas: i64): i64 {
  if (gas + rest <= 2300) return -1;
  gas -= storeSlot(load<u32>(self, F_ACCOUNT), key, value);
  return gas >= 0 && load<u32>(self, F_STATIC) ? failWith(HALT_STATIC) : gas;
}

export function readTransient(self: usize, word: usize): void {
  loadTransient(load<u32>(self, F_ACCOUNT), word);
}

export function writeTransient(self: usize, key: usize, value: usize, gas: i64): i64 {
  if (load<u32>(self, F_STATIC)) return failWith(HALT_STATIC);
  storeTransient(load<u32>(self, F_ACCOUNT), key, value);
  return gas;
}

export function writeLog(self: usize, sp: usize, topicCount: u32, gas: i64): i64 {
  gas = log(self, sp, topicCount, gas);
  return gas >= 0 && load<u32>(self, F_STATIC) ? failWith(HALT_STATIC) : gas;
}

export function copyReturnData(self: usize, sp: usize, gas: i64): i64 {
  gas = payReturnDataCopy(self, sp, gas);
  if (gas < 0) return gas;
  if (!isReturnDataThere(sp)) return failWith(HALT_RETURN_DATA);
  returnDataCopy(self, sp);
  return gas;
}

export function readsBlock(): void {
  dependOnBlock();
}

export function readsFee(): void {
  dependOnFee();
}

/** `entry` and `pc` are where the frame resumes. Returns CONTINUE, SWITCH or a halt. */
export function callFrom(self: usize, sp: usize, kind: u32, entry: u32, pc: u32, gas: i64): i32 {
  if (gas < 0) return failed();
  leaveAt(self, sp, entry, pc, gas);
  return beginCall(self, sp, kind);
}

export function createFrom(self: usize, sp: usize, kind: u32, entry: u32, pc: u32, gas: i64): i32 {
  if (gas < 0) return failed();
  leaveAt(self, sp, entry, pc, gas);
  return beginCreate(self, sp, kind == CREATE2);
}

/** Stores what the interpreter or a later run needs to resume at `pc`. */
export function leaveAt(self: usize, sp: usize, entry: u32, pc: u32, gas: i64): void {
  store<u32>(self, entry, F_ENTRY);
  store<u32>(self, pc, F_PC);
  store<u32>(self, <u32>sp, F_TOP);
  store<i64>(self, gas, F_GAS);
}

export function stop(self: usize, gas: i64): i32 {
  if (gas < 0) return failed();
  store<i64>(self, gas, F_GAS);
  setOutput(load<u32>(self, F_MEMORY), 0);
  return HALT_STOP;
}

/** RETURN or REVERT. The offset is at `sp` + 32, the length at `sp`. */
export function finishWith(self: usize, sp: usize, halt: i32, gas: i64): i32 {
  if (gas >= 0) gas = reach(self, sp + 32, sp, 0, gas);
  if (gas < 0) return failed();
  store<i64>(self, gas, F_GAS);
  setOutput(reached(self, sp + 32, sp), load<u32>(sp));
  return halt;
}
