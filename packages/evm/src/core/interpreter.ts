import { dependOnBlock, dependOnFee } from "./dependence";
import { beginCall } from "./calls";
import { beginCreate } from "./creates";
import { addmodWords, divWords, modWords, mulmodWords, sdivWords, smodWords } from "./divide";
import {
  balanceOf,
  blobHash,
  blockHash,
  callDataCopy,
  callDataLoad,
  codeCopy,
  extCodeCopy,
  extCodeHash,
  extCodeSize,
  isReturnDataThere,
  keccak,
  log,
  memoryCopy,
  payReturnDataCopy,
  returnDataCopy,
  selfDestruct,
} from "./environment";
import { FAULT_STOPPED, raiseFault } from "./fault";
import { frame, frameCount, returnLength } from "./frames";
import {
  CONTINUE,
  HALT_INVALID,
  HALT_JUMP,
  HALT_OUT_OF_GAS,
  HALT_RETURN,
  HALT_RETURN_DATA,
  HALT_REVERT,
  HALT_STACK,
  HALT_STATIC,
  HALT_STOP,
  YIELD,
} from "./halts";
import { hostStep } from "./host";
import {
  BASE_FEE,
  BLOB_BASE_FEE,
  CHAIN_ID,
  COINBASE,
  GAS_LIMIT,
  GAS_PRICE,
  NUMBER,
  ORIGIN,
  PREVRANDAO,
  R_OPCODE,
  R_UNSURE,
  RESULT,
  SCRATCH,
  TIMESTAMP,
} from "./layout";
import { expand, outOfReach, reach, reached, roundUp } from "./memory";
import { mulSmall, mulWords, powWords } from "./multiply";
import * as op from "./opcodes";
import { setOutput } from "./output";
import {
  A_BALANCE,
  C_LENGTH,
  F_ACCOUNT,
  F_ADDRESS,
  F_CALLER,
  F_CODE,
  F_DATA_LENGTH,
  F_EPOCH,
  F_GAS,
  F_MEMORY,
  F_MEMORY_SIZE,
  F_NEXT,
  F_PC,
  F_STACK,
  F_STATIC,
  F_TOP,
  F_VALUE,
} from "./records";
import { byteOfWord, clzWord, sarWord, shlBits, shlWord, shrBits, shrWord, signextendWord } from "./shift";
import { loadSlot, storeSlot } from "./slots";
import { loadTransient, storeTransient } from "./transient";
import {
  knownAt,
  NO_DESTINATION,
  NOT_COVERED,
  translateDestination,
  translateNext,
  translationEpoch,
} from "./translate";
import {
  addSmall,
  addWords,
  andWords,
  byteLength,
  copyWord,
  equal,
  highLimbs,
  isLess,
  isLessSigned,
  isZero,
  reverseWord,
  setSmall,
  subWords,
} from "./words";

/** After this much gas, the next jump yields, so that the host can pause or stop the message. */
const GAS_PER_RUN: i64 = 50_000;
/** EIP-2200. */
const SSTORE_SENTRY: i64 = 2300;

/** Returns a number of halts.ts. */
export function interpret(): i32 {
  const self = frame;
  const code: usize = load<u32>(self, F_CODE);
  const stack: usize = load<u32>(self, F_STACK);
  const memoryBase: usize = load<u32>(self, F_MEMORY);
  let ip: usize = load<u32>(self, F_NEXT);
  let sp: usize = load<u32>(self, F_TOP);
  let gas: i64 = load<i64>(self, F_GAS);
  const pauseBelow: i64 = gas - GAS_PER_RUN;
  let size: u32 = load<u32>(self, F_MEMORY_SIZE);

  while (true) {
    switch (<u32>load<u16>(ip)) {
      case op.STOP: {
        store<i64>(self, gas, F_GAS);
        setOutput(memoryBase, 0);
        return HALT_STOP;
      }
      case op.ADD: {
        sp -= 32;
        addWords(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.MUL: {
        sp -= 32;
        mulWords(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.SUB: {
        sp -= 32;
        subWords(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.DIV: {
        sp -= 32;
        divWords(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.SDIV: {
        sp -= 32;
        sdivWords(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.MOD: {
        sp -= 32;
        modWords(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.SMOD: {
        sp -= 32;
        smodWords(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.ADDMOD: {
        sp -= 64;
        addmodWords(sp - 32, sp + 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.MULMOD: {
        sp -= 64;
        mulmodWords(sp - 32, sp + 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.EXP: {
        sp -= 32;
        gas -= 50 * <i64>byteLength(sp - 32);
        if (gas < 0) return runOut(self, ip, gas);
        powWords(SCRATCH, sp, sp - 32);
        copyWord(sp - 32, SCRATCH);
        ip += 8;
        continue;
      }
      case op.SIGNEXTEND: {
        sp -= 32;
        signextendWord(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.LT: {
        sp -= 32;
        setSmall(sp - 32, u64(isLess(sp, sp - 32)));
        ip += 8;
        continue;
      }
      case op.GT: {
        sp -= 32;
        setSmall(sp - 32, u64(isLess(sp - 32, sp)));
        ip += 8;
        continue;
      }
      case op.SLT: {
        sp -= 32;
        setSmall(sp - 32, u64(isLessSigned(sp, sp - 32)));
        ip += 8;
        continue;
      }
      case op.SGT: {
        sp -= 32;
        setSmall(sp - 32, u64(isLessSigned(sp - 32, sp)));
        ip += 8;
        continue;
      }
      case op.EQ: {
        sp -= 32;
        setSmall(sp - 32, u64(equal(sp, sp - 32)));
        ip += 8;
        continue;
      }
      case op.ISZERO: {
        setSmall(sp - 32, u64(isZero(sp - 32)));
        ip += 8;
        continue;
      }
      case op.AND: {
        sp -= 32;
        andWords(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.OR: {
        sp -= 32;
        v128.store(sp - 32, v128.or(v128.load(sp), v128.load(sp - 32)));
        v128.store(sp - 16, v128.or(v128.load(sp, 16), v128.load(sp - 16)));
        ip += 8;
        continue;
      }
      case op.XOR: {
        sp -= 32;
        v128.store(sp - 32, v128.xor(v128.load(sp), v128.load(sp - 32)));
        v128.store(sp - 16, v128.xor(v128.load(sp, 16), v128.load(sp - 16)));
        ip += 8;
        continue;
      }
      case op.NOT: {
        v128.store(sp - 32, v128.not(v128.load(sp - 32)));
        v128.store(sp - 16, v128.not(v128.load(sp - 16)));
        ip += 8;
        continue;
      }
      case op.BYTE: {
        sp -= 32;
        byteOfWord(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.SHL: {
        sp -= 32;
        shlWord(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.SHR: {
        sp -= 32;
        shrWord(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.SAR: {
        sp -= 32;
        sarWord(sp - 32, sp, sp - 32);
        ip += 8;
        continue;
      }
      case op.CLZ: {
        clzWord(sp - 32, sp - 32);
        ip += 8;
        continue;
      }
      case op.KECCAK256: {
        sp -= 32;
        gas = keccak(self, sp, gas);
        if (gas < 0) return runOut(self, ip, gas);
        size = load<u32>(self, F_MEMORY_SIZE);
        ip += 8;
        continue;
      }
      case op.ADDRESS: {
        copyWord(sp, self + F_ADDRESS);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.BALANCE: {
        gas = balanceOf(sp - 32, gas);
        if (gas < 0) return runOut(self, ip, gas);
        ip += 8;
        continue;
      }
      case op.ORIGIN_OP: {
        copyWord(sp, ORIGIN);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.CALLER: {
        copyWord(sp, self + F_CALLER);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.CALLVALUE: {
        copyWord(sp, self + F_VALUE);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.CALLDATALOAD: {
        callDataLoad(self, sp - 32);
        ip += 8;
        continue;
      }
      case op.CALLDATASIZE: {
        setSmall(sp, load<u32>(self, F_DATA_LENGTH));
        sp += 32;
        ip += 8;
        continue;
      }
      case op.CALLDATACOPY: {
        sp -= 96;
        gas = callDataCopy(self, sp, gas);
        if (gas < 0) return runOut(self, ip, gas);
        size = load<u32>(self, F_MEMORY_SIZE);
        ip += 8;
        continue;
      }
      case op.CODECOPY: {
        sp -= 96;
        gas = codeCopy(self, sp, gas);
        if (gas < 0) return runOut(self, ip, gas);
        size = load<u32>(self, F_MEMORY_SIZE);
        ip += 8;
        continue;
      }
      case op.GASPRICE: {
        dependOnFee();
        copyWord(sp, GAS_PRICE);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.EXTCODESIZE: {
        gas = extCodeSize(sp - 32, gas);
        if (gas < 0) return runOut(self, ip, gas);
        ip += 8;
        continue;
      }
      case op.EXTCODECOPY: {
        sp -= 128;
        gas = extCodeCopy(self, sp, gas);
        if (gas < 0) return runOut(self, ip, gas);
        size = load<u32>(self, F_MEMORY_SIZE);
        ip += 8;
        continue;
      }
      case op.RETURNDATASIZE: {
        setSmall(sp, returnLength);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.RETURNDATACOPY: {
        sp -= 96;
        gas = payReturnDataCopy(self, sp, gas);
        if (gas < 0) return runOut(self, ip, gas);
        if (!isReturnDataThere(sp)) return HALT_RETURN_DATA;
        returnDataCopy(self, sp);
        size = load<u32>(self, F_MEMORY_SIZE);
        ip += 8;
        continue;
      }
      case op.EXTCODEHASH: {
        gas = extCodeHash(sp - 32, gas);
        if (gas < 0) return runOut(self, ip, gas);
        ip += 8;
        continue;
      }
      case op.BLOCKHASH: {
        dependOnBlock();
        blockHash(sp - 32);
        ip += 8;
        continue;
      }
      case op.COINBASE_OP: {
        dependOnBlock();
        copyWord(sp, COINBASE);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.TIMESTAMP_OP: {
        dependOnBlock();
        copyWord(sp, TIMESTAMP);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.NUMBER_OP: {
        dependOnBlock();
        copyWord(sp, NUMBER);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.PREVRANDAO_OP: {
        dependOnBlock();
        copyWord(sp, PREVRANDAO);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.GASLIMIT_OP: {
        dependOnBlock();
        copyWord(sp, GAS_LIMIT);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.CHAINID_OP: {
        copyWord(sp, CHAIN_ID);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.SELFBALANCE: {
        copyWord(sp, <usize>load<u32>(self, F_ACCOUNT) + A_BALANCE);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.BASEFEE_OP: {
        dependOnFee();
        copyWord(sp, BASE_FEE);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.BLOBHASH: {
        blobHash(sp - 32);
        ip += 8;
        continue;
      }
      case op.BLOBBASEFEE_OP: {
        copyWord(sp, BLOB_BASE_FEE);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.POP: {
        sp -= 32;
        ip += 8;
        continue;
      }
      case op.MLOAD: {
        const offset = load<u64>(sp - 32);
        if (highLimbs(sp - 32) | (offset >> 31)) {
          outOfReach(gas);
          return runOut(self, ip, gas);
        }
        const end = <u32>offset + 32;
        if (end > size) {
          gas = expand(memoryBase, size, end, gas);
          if (gas < 0) return runOut(self, ip, gas);
          size = roundUp(end);
          store<u32>(self, size, F_MEMORY_SIZE);
        }
        reverseWord(sp - 32, memoryBase + <usize>offset);
        ip += 8;
        continue;
      }
      case op.MSTORE: {
        sp -= 64;
        const offset = load<u64>(sp + 32);
        if (highLimbs(sp + 32) | (offset >> 31)) {
          outOfReach(gas);
          return runOut(self, ip, gas);
        }
        const end = <u32>offset + 32;
        if (end > size) {
          gas = expand(memoryBase, size, end, gas);
          if (gas < 0) return runOut(self, ip, gas);
          size = roundUp(end);
          store<u32>(self, size, F_MEMORY_SIZE);
        }
        reverseWord(memoryBase + <usize>offset, sp);
        ip += 8;
        continue;
      }
      case op.MSTORE8: {
        sp -= 64;
        const offset = load<u64>(sp + 32);
        if (highLimbs(sp + 32) | (offset >> 31)) {
          outOfReach(gas);
          return runOut(self, ip, gas);
        }
        const end = <u32>offset + 1;
        if (end > size) {
          gas = expand(memoryBase, size, end, gas);
          if (gas < 0) return runOut(self, ip, gas);
          size = roundUp(end);
          store<u32>(self, size, F_MEMORY_SIZE);
        }
        store<u8>(memoryBase + <usize>offset, load<u8>(sp));
        ip += 8;
        continue;
      }
      case op.SLOAD: {
        gas -= loadSlot(load<u32>(self, F_ACCOUNT), sp - 32);
        if (gas < 0) return runOut(self, ip, gas);
        ip += 8;
        continue;
      }
      case op.SSTORE: {
        // Adds gas already charged for the block's later instructions.
        if (gas + <i64>load<u32>(ip, 4) <= SSTORE_SENTRY) return runOut(self, ip, gas);
        sp -= 64;
        gas -= storeSlot(load<u32>(self, F_ACCOUNT), sp + 32, sp);
        if (gas < 0) return runOut(self, ip, gas);
        if (load<u32>(self, F_STATIC)) return violate(self, gas);
        ip += 16;
        continue;
      }
      case op.JUMP: {
        sp -= 32;
        const target = load<u64>(sp);
        if (highLimbs(sp) || target >= <u64>load<u32>(code, C_LENGTH)) return HALT_JUMP;
        let next = knownAt(code, <u32>target);
        if (next == 0 || next & 1) next = translateDestination(code, <u32>target, gas);
        if (next <= NOT_COVERED) return refuseJump(next);
        ip = next;
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMPI: {
        sp -= 64;
        if (isZero(sp)) {
          ip += 8;
          continue;
        }
        const target = load<u64>(sp, 32);
        if (highLimbs(sp + 32) || target >= <u64>load<u32>(code, C_LENGTH)) return HALT_JUMP;
        let next = knownAt(code, <u32>target);
        if (next == 0 || next & 1) next = translateDestination(code, <u32>target, gas);
        if (next <= NOT_COVERED) return refuseJump(next);
        ip = next;
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.MSIZE: {
        setSmall(sp, size);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.GAS: {
        setSmall(sp, <u64>(gas + <i64>load<u32>(ip, 4)));
        sp += 32;
        ip += 16;
        continue;
      }
      case op.TLOAD: {
        loadTransient(load<u32>(self, F_ACCOUNT), sp - 32);
        ip += 8;
        continue;
      }
      case op.TSTORE: {
        if (load<u32>(self, F_STATIC)) return violate(self, gas);
        sp -= 64;
        storeTransient(load<u32>(self, F_ACCOUNT), sp + 32, sp);
        ip += 8;
        continue;
      }
      case op.MCOPY: {
        sp -= 96;
        gas = memoryCopy(self, sp, gas);
        if (gas < 0) return runOut(self, ip, gas);
        size = load<u32>(self, F_MEMORY_SIZE);
        ip += 8;
        continue;
      }
      case op.DUP1: {
        copyWord(sp, sp - 32);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP2: {
        copyWord(sp, sp - 64);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP3: {
        copyWord(sp, sp - 96);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP4: {
        copyWord(sp, sp - 128);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP5: {
        copyWord(sp, sp - 160);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP6: {
        copyWord(sp, sp - 192);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP7: {
        copyWord(sp, sp - 224);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP8: {
        copyWord(sp, sp - 256);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP9: {
        copyWord(sp, sp - 288);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP10: {
        copyWord(sp, sp - 320);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP11: {
        copyWord(sp, sp - 352);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP12: {
        copyWord(sp, sp - 384);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP13: {
        copyWord(sp, sp - 416);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP14: {
        copyWord(sp, sp - 448);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP15: {
        copyWord(sp, sp - 480);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.DUP16: {
        copyWord(sp, sp - 512);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.SWAP1: {
        swapWords(sp - 32, sp - 64);
        ip += 8;
        continue;
      }
      case op.SWAP2: {
        swapWords(sp - 32, sp - 96);
        ip += 8;
        continue;
      }
      case op.SWAP3: {
        swapWords(sp - 32, sp - 128);
        ip += 8;
        continue;
      }
      case op.SWAP4: {
        swapWords(sp - 32, sp - 160);
        ip += 8;
        continue;
      }
      case op.SWAP5: {
        swapWords(sp - 32, sp - 192);
        ip += 8;
        continue;
      }
      case op.SWAP6: {
        swapWords(sp - 32, sp - 224);
        ip += 8;
        continue;
      }
      case op.SWAP7: {
        swapWords(sp - 32, sp - 256);
        ip += 8;
        continue;
      }
      case op.SWAP8: {
        swapWords(sp - 32, sp - 288);
        ip += 8;
        continue;
      }
      case op.SWAP9: {
        swapWords(sp - 32, sp - 320);
        ip += 8;
        continue;
      }
      case op.SWAP10: {
        swapWords(sp - 32, sp - 352);
        ip += 8;
        continue;
      }
      case op.SWAP11: {
        swapWords(sp - 32, sp - 384);
        ip += 8;
        continue;
      }
      case op.SWAP12: {
        swapWords(sp - 32, sp - 416);
        ip += 8;
        continue;
      }
      case op.SWAP13: {
        swapWords(sp - 32, sp - 448);
        ip += 8;
        continue;
      }
      case op.SWAP14: {
        swapWords(sp - 32, sp - 480);
        ip += 8;
        continue;
      }
      case op.SWAP15: {
        swapWords(sp - 32, sp - 512);
        ip += 8;
        continue;
      }
      case op.SWAP16: {
        swapWords(sp - 32, sp - 544);
        ip += 8;
        continue;
      }
      case op.LOG0:
      case op.LOG1:
      case op.LOG2:
      case op.LOG3:
      case op.LOG4: {
        sp -= 64;
        const topicCount = <u32>load<u16>(ip) - op.LOG0;
        gas = log(self, sp, topicCount, gas);
        if (gas < 0) return runOut(self, ip, gas);
        if (load<u32>(self, F_STATIC)) return violate(self, gas);
        sp -= <usize>topicCount << 5;
        size = load<u32>(self, F_MEMORY_SIZE);
        ip += 8;
        continue;
      }
      case op.CREATE:
      case op.CREATE2: {
        suspend(self, ip, sp, gas);
        const result = beginCreate(self, sp, <u32>load<u16>(ip) == op.CREATE2);
        if (result != CONTINUE) return result;
        gas = load<i64>(self, F_GAS);
        sp = load<u32>(self, F_TOP);
        size = load<u32>(self, F_MEMORY_SIZE);
        ip += 8;
        continue;
      }
      case op.CALL:
      case op.CALLCODE:
      case op.DELEGATECALL:
      case op.STATICCALL: {
        suspend(self, ip, sp, gas);
        const result = beginCall(self, sp, <u32>load<u16>(ip));
        if (result != CONTINUE) return result;
        gas = load<i64>(self, F_GAS);
        sp = load<u32>(self, F_TOP);
        size = load<u32>(self, F_MEMORY_SIZE);
        ip += 8;
        continue;
      }
      case op.RETURN:
      case op.REVERT: {
        sp -= 64;
        gas = reach(self, sp + 32, sp, 0, gas);
        if (gas < 0) return runOut(self, ip, gas);
        store<i64>(self, gas, F_GAS);
        setOutput(reached(self, sp + 32, sp), load<u32>(sp));
        return <u32>load<u16>(ip) == op.RETURN ? HALT_RETURN : HALT_REVERT;
      }
      case op.SELFDESTRUCT: {
        sp -= 32;
        gas = selfDestruct(self, sp, gas);
        if (gas < 0) return runOut(self, ip, gas);
        if (load<u32>(self, F_STATIC)) return violate(self, gas);
        store<i64>(self, gas, F_GAS);
        setOutput(memoryBase, 0);
        return HALT_STOP;
      }
      case op.BLOCK: {
        gas -= load<u32>(ip, 4);
        const height = <u32>(sp - stack);
        const fits = height >= load<u32>(ip, 8) && height <= load<u32>(ip, 12);
        if (gas < 0) return runOutAtBlock(self, ip, gas, fits);
        if (!fits) return HALT_STACK;
        ip += 16;
        continue;
      }
      case op.PUSH_32: {
        setSmall(sp, load<u32>(ip, 4));
        sp += 32;
        ip += 8;
        continue;
      }
      case op.PUSH_64: {
        setSmall(sp, load<u64>(ip, 8));
        sp += 32;
        ip += 16;
        continue;
      }
      case op.PUSH_256: {
        copyWord(sp, ip + 8);
        sp += 32;
        ip += 40;
        continue;
      }
      case op.JUMP_TO: {
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMPI_TO: {
        sp -= 32;
        if (isZero(sp)) {
          ip += 8;
          continue;
        }
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_LAZY: {
        const next = resolve(code, ip, op.JUMP_TO, gas);
        if (next <= NOT_COVERED) return refuseJump(next);
        ip = next;
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMPI_LAZY: {
        sp -= 32;
        if (isZero(sp)) {
          ip += 8;
          continue;
        }
        const next = resolve(code, ip, op.JUMPI_TO, gas);
        if (next <= NOT_COVERED) return refuseJump(next);
        ip = next;
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.FALL_THROUGH: {
        ip = translateNext(code, ip, gas);
        if (ip == NOT_COVERED) return runOutUntranslated();
        continue;
      }
      case op.JUMP_BAD: {
        return HALT_JUMP;
      }
      case op.JUMPI_BAD: {
        sp -= 32;
        if (!isZero(sp)) return HALT_JUMP;
        ip += 8;
        continue;
      }
      case op.ADD_CONSTANT: {
        addSmall(sp - 32, load<u32>(ip, 4));
        ip += 8;
        continue;
      }
      case op.MUL_CONSTANT: {
        mulSmall(sp - 32, sp - 32, load<u32>(ip, 4));
        ip += 8;
        continue;
      }
      case op.AND_CONSTANT: {
        setSmall(sp - 32, load<u64>(sp - 32) & load<u32>(ip, 4));
        ip += 8;
        continue;
      }
      case op.AND_WORD: {
        andWords(sp - 32, ip + 8, sp - 32);
        ip += 40;
        continue;
      }
      case op.LT_CONSTANT: {
        setSmall(sp - 32, u64((highLimbs(sp - 32) != 0) | (<u64>load<u32>(ip, 4) < load<u64>(sp - 32))));
        ip += 8;
        continue;
      }
      case op.GT_CONSTANT: {
        setSmall(sp - 32, u64((highLimbs(sp - 32) == 0) & (<u64>load<u32>(ip, 4) > load<u64>(sp - 32))));
        ip += 8;
        continue;
      }
      case op.EQ_CONSTANT: {
        setSmall(sp - 32, u64((highLimbs(sp - 32) | (load<u64>(sp - 32) ^ <u64>load<u32>(ip, 4))) == 0));
        ip += 8;
        continue;
      }
      case op.SHL_CONSTANT: {
        shlBits(sp - 32, load<u32>(ip, 4), sp - 32);
        ip += 8;
        continue;
      }
      case op.SHR_CONSTANT: {
        shrBits(sp - 32, load<u32>(ip, 4), sp - 32);
        ip += 8;
        continue;
      }
      case op.MLOAD_CONSTANT: {
        const offset = load<u32>(ip, 4);
        const end = offset + 32;
        if (end > size) {
          gas = expand(memoryBase, size, end, gas);
          if (gas < 0) return runOut(self, ip, gas);
          size = roundUp(end);
          store<u32>(self, size, F_MEMORY_SIZE);
        }
        reverseWord(sp, memoryBase + <usize>offset);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.MSTORE_CONSTANT: {
        const offset = load<u32>(ip, 4);
        const end = offset + 32;
        if (end > size) {
          gas = expand(memoryBase, size, end, gas);
          if (gas < 0) return runOut(self, ip, gas);
          size = roundUp(end);
          store<u32>(self, size, F_MEMORY_SIZE);
        }
        sp -= 32;
        reverseWord(memoryBase + <usize>offset, sp);
        ip += 8;
        continue;
      }
      case op.ADD_COPY: {
        addWords(sp - 32, sp - <usize>load<u16>(ip, 2), sp - 32);
        ip += 8;
        continue;
      }
      case op.MUL_COPY: {
        mulWords(sp - 32, sp - <usize>load<u16>(ip, 2), sp - 32);
        ip += 8;
        continue;
      }
      case op.SUB_COPY: {
        subWords(sp - 32, sp - <usize>load<u16>(ip, 2), sp - 32);
        ip += 8;
        continue;
      }
      case op.DIV_COPY: {
        divWords(sp - 32, sp - <usize>load<u16>(ip, 2), sp - 32);
        ip += 8;
        continue;
      }
      case op.LT_COPY: {
        setSmall(sp - 32, u64(isLess(sp - <usize>load<u16>(ip, 2), sp - 32)));
        ip += 8;
        continue;
      }
      case op.GT_COPY: {
        setSmall(sp - 32, u64(isLess(sp - 32, sp - <usize>load<u16>(ip, 2))));
        ip += 8;
        continue;
      }
      case op.EQ_COPY: {
        setSmall(sp - 32, u64(equal(sp - <usize>load<u16>(ip, 2), sp - 32)));
        ip += 8;
        continue;
      }
      case op.AND_COPY: {
        const copied = sp - <usize>load<u16>(ip, 2);
        v128.store(sp - 32, v128.and(v128.load(copied), v128.load(sp - 32)));
        v128.store(sp - 16, v128.and(v128.load(copied, 16), v128.load(sp - 16)));
        ip += 8;
        continue;
      }
      case op.OR_COPY: {
        const copied = sp - <usize>load<u16>(ip, 2);
        v128.store(sp - 32, v128.or(v128.load(copied), v128.load(sp - 32)));
        v128.store(sp - 16, v128.or(v128.load(copied, 16), v128.load(sp - 16)));
        ip += 8;
        continue;
      }
      case op.XOR_COPY: {
        const copied = sp - <usize>load<u16>(ip, 2);
        v128.store(sp - 32, v128.xor(v128.load(copied), v128.load(sp - 32)));
        v128.store(sp - 16, v128.xor(v128.load(copied, 16), v128.load(sp - 16)));
        ip += 8;
        continue;
      }
      case op.SHR_COPY: {
        shrWord(sp - 32, sp - <usize>load<u16>(ip, 2), sp - 32);
        ip += 8;
        continue;
      }
      case op.MLOAD_COPY: {
        const word = sp - <usize>load<u16>(ip, 2);
        const offset = load<u64>(word);
        if (highLimbs(word) | (offset >> 31)) {
          outOfReach(gas);
          return runOut(self, ip, gas);
        }
        const end = <u32>offset + 32;
        if (end > size) {
          gas = expand(memoryBase, size, end, gas);
          if (gas < 0) return runOut(self, ip, gas);
          size = roundUp(end);
          store<u32>(self, size, F_MEMORY_SIZE);
        }
        reverseWord(sp, memoryBase + <usize>offset);
        sp += 32;
        ip += 8;
        continue;
      }
      case op.MSTORE_COPY: {
        const word = sp - <usize>load<u16>(ip, 2);
        const offset = load<u64>(word);
        if (highLimbs(word) | (offset >> 31)) {
          outOfReach(gas);
          return runOut(self, ip, gas);
        }
        const end = <u32>offset + 32;
        if (end > size) {
          gas = expand(memoryBase, size, end, gas);
          if (gas < 0) return runOut(self, ip, gas);
          size = roundUp(end);
          store<u32>(self, size, F_MEMORY_SIZE);
        }
        sp -= 32;
        reverseWord(memoryBase + <usize>offset, sp);
        ip += 8;
        continue;
      }
      case op.POP_MANY: {
        sp -= <usize>load<u16>(ip, 2);
        ip += 8;
        continue;
      }
      case op.REPLACE: {
        sp -= 32;
        copyWord(sp + 32 - <usize>load<u16>(ip, 2), sp);
        ip += 8;
        continue;
      }
      case op.PUSH_COPY: {
        setSmall(sp, load<u32>(ip, 4));
        copyWord(sp + 32, sp - <usize>load<u16>(ip, 2));
        sp += 64;
        ip += 8;
        continue;
      }
      case op.COPY_TWICE: {
        copyWord(sp, sp - <usize>load<u16>(ip, 2));
        copyWord(sp + 32, sp + 32 - <usize>load<u32>(ip, 4));
        sp += 64;
        ip += 8;
        continue;
      }
      case op.NOT_LT: {
        sp -= 32;
        setSmall(sp - 32, u64(!isLess(sp, sp - 32)));
        ip += 8;
        continue;
      }
      case op.NOT_GT: {
        sp -= 32;
        setSmall(sp - 32, u64(!isLess(sp - 32, sp)));
        ip += 8;
        continue;
      }
      case op.NOT_SLT: {
        sp -= 32;
        setSmall(sp - 32, u64(!isLessSigned(sp, sp - 32)));
        ip += 8;
        continue;
      }
      case op.NOT_SGT: {
        sp -= 32;
        setSmall(sp - 32, u64(!isLessSigned(sp - 32, sp)));
        ip += 8;
        continue;
      }
      case op.NOT_EQ: {
        sp -= 32;
        setSmall(sp - 32, u64(!equal(sp, sp - 32)));
        ip += 8;
        continue;
      }
      case op.JUMP_IF: {
        sp -= 32;
        if (!isZero(sp)) {
          ip += 8;
          continue;
        }
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_IF_LT: {
        sp -= 64;
        if (!isLess(sp + 32, sp)) {
          ip += 8;
          continue;
        }
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_IF_GT: {
        sp -= 64;
        if (!isLess(sp, sp + 32)) {
          ip += 8;
          continue;
        }
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_IF_SLT: {
        sp -= 64;
        if (!isLessSigned(sp + 32, sp)) {
          ip += 8;
          continue;
        }
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_IF_SGT: {
        sp -= 64;
        if (!isLessSigned(sp, sp + 32)) {
          ip += 8;
          continue;
        }
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_IF_EQ: {
        sp -= 64;
        if (!equal(sp + 32, sp)) {
          ip += 8;
          continue;
        }
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_IF_NOT_LT: {
        sp -= 64;
        if (isLess(sp + 32, sp)) {
          ip += 8;
          continue;
        }
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_IF_NOT_GT: {
        sp -= 64;
        if (isLess(sp, sp + 32)) {
          ip += 8;
          continue;
        }
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_IF_NOT_SLT: {
        sp -= 64;
        if (isLessSigned(sp + 32, sp)) {
          ip += 8;
          continue;
        }
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_IF_NOT_SGT: {
        sp -= 64;
        if (isLessSigned(sp, sp + 32)) {
          ip += 8;
          continue;
        }
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_IF_NOT_EQ: {
        sp -= 64;
        if (equal(sp + 32, sp)) {
          ip += 8;
          continue;
        }
        ip = load<u32>(ip, 4);
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_IF_LAZY: {
        const condition: u32 = load<u16>(ip, 2);
        sp -= condition == op.CONDITION_ISZERO ? 32 : 64;
        if (!isMet(condition, sp)) {
          ip += 8;
          continue;
        }
        const next = resolve(code, ip, op.JUMP_IF + condition, gas);
        if (next <= NOT_COVERED) return refuseJump(next);
        ip = next;
        if (gas < pauseBelow) return pauseAt(self, ip, sp, gas);
        continue;
      }
      case op.JUMP_IF_BAD: {
        const condition: u32 = load<u16>(ip, 2);
        sp -= condition == op.CONDITION_ISZERO ? 32 : 64;
        if (isMet(condition, sp)) return HALT_JUMP;
        ip += 8;
        continue;
      }
      case op.STEP: {
        if (TRACING) {
          store<u32>(self, <u32>sp, F_TOP);
          if (hostStep(load<u32>(ip, 4), load<u16>(ip, 2), <f64>gas, sp, size)) {
            raiseFault(FAULT_STOPPED);
            return HALT_INVALID;
          }
        }
        ip += 8;
        continue;
      }
      default: {
        store<u32>(RESULT, load<u32>(ip, 4), R_OPCODE);
        return HALT_INVALID;
      }
    }
  }
}

/** Its own function, because the compiler would remove a `break` out of the switch. */
function pauseAt(self: usize, ip: usize, sp: usize, gas: i64): i32 {
  store<u32>(self, <u32>ip, F_NEXT);
  store<u32>(self, translationEpoch, F_EPOCH);
  store<u32>(self, <u32>sp, F_TOP);
  store<i64>(self, gas, F_GAS);
  return YIELD;
}

/** The trace shows a known shortfall as negative gas. */
function runOut(self: usize, ip: usize, gas: i64): i32 {
  if (TRACING) store<i64>(self, gas, F_GAS);
  else if (frameCount == 1) store<u32>(RESULT, u32(mayFailOtherwise(ip)), R_UNSURE);
  return HALT_OUT_OF_GAS;
}

/** In Ethereum, stack errors precede out of gas. */
function runOutAtBlock(self: usize, ip: usize, gas: i64, fits: bool): i32 {
  const halt = runOut(self, ip + 16, gas);
  if (!fits && frameCount == 1) store<u32>(RESULT, 1, R_UNSURE);
  return halt;
}

/** Another failure may precede, because a block's gas is charged upfront. Call only in the outermost frame. */
function mayFailOtherwise(ip: usize): bool {
  while (true) {
    switch (<u32>load<u16>(ip)) {
      // SSTORE needs more gas than it costs. RETURNDATACOPY can read out of bounds.
      case op.SSTORE:
      case op.RETURNDATACOPY:
        return true;
      case op.PUSH_64:
      case op.GAS: {
        ip += 16;
        continue;
      }
      case op.PUSH_256:
      case op.AND_WORD: {
        ip += 40;
        continue;
      }
      default: {
        if (op.endsBlock(<u32>load<u16>(ip))) return false;
        ip += 8;
      }
    }
  }
}

/** geth charges gas before the static check, so the trace shows the charge. */
@inline
function violate(self: usize, gas: i64): i32 {
  if (TRACING) store<i64>(self, gas, F_GAS);
  return HALT_STATIC;
}

@inline
function suspend(self: usize, ip: usize, sp: usize, gas: i64): void {
  store<u32>(self, <u32>(ip + 8), F_NEXT);
  store<u32>(self, load<u32>(ip, 4), F_PC);
  store<u32>(self, translationEpoch, F_EPOCH);
  store<u32>(self, <u32>sp, F_TOP);
  store<i64>(self, gas, F_GAS);
}

/** Makes a constant jump direct. May also return NO_DESTINATION or NOT_COVERED. */
function resolve(code: usize, ip: usize, direct: u32, gas: i64): usize {
  const epoch = translationEpoch;
  const pc = load<u32>(ip, 4);
  let target = knownAt(code, pc);
  if (target == 0 || target & 1) target = translateDestination(code, pc, gas);
  // If translating emptied the region, `ip` is stale.
  if (target > NOT_COVERED && epoch == translationEpoch) {
    store<u32>(ip, direct);
    store<u32>(ip, <u32>target, 4);
  }
  return target;
}

function refuseJump(refusal: usize): i32 {
  return refusal == NO_DESTINATION ? HALT_JUMP : runOutUntranslated();
}

/** Another failure may occur first in the next block. */
export function runOutUntranslated(): i32 {
  if (frameCount == 1) store<u32>(RESULT, 1, R_UNSURE);
  return HALT_OUT_OF_GAS;
}

function isMet(condition: u32, lower: usize): bool {
  const upper = lower + 32;
  switch (condition) {
    case op.CONDITION_ISZERO:
      return isZero(lower);
    case op.CONDITION_LT:
      return isLess(upper, lower);
    case op.CONDITION_GT:
      return isLess(lower, upper);
    case op.CONDITION_SLT:
      return isLessSigned(upper, lower);
    case op.CONDITION_SGT:
      return isLessSigned(lower, upper);
    case op.CONDITION_EQ:
      return equal(upper, lower);
    case op.CONDITION_NOT_LT:
      return !isLess(upper, lower);
    case op.CONDITION_NOT_GT:
      return !isLess(lower, upper);
    case op.CONDITION_NOT_SLT:
      return !isLessSigned(upper, lower);
    case op.CONDITION_NOT_SGT:
      return !isLessSigned(lower, upper);
    default:
      return !equal(upper, lower);
  }
}

@inline
function swapWords(x: usize, y: usize): void {
  const low = v128.load(x), high = v128.load(x, 16);
  copyWord(x, y);
  v128.store(y, low);
  v128.store(y, high, 16);
}
