import { MAP } from "../engine/memoryMap.ts";
import type { CoreFunction } from "./coreFunctions.ts";
import type { Emit, Emitters } from "./Emit.ts";
import { type FrameEmitter, GAS, SELF, SIZE } from "./FrameEmitter.ts";
import { constantValue, type Limbs } from "./State.ts";
import { I, TYPE } from "./wasm.ts";

/** A word at a fixed address. */
const fixedWord =
  (address: number, reads?: "readsBlock" | "readsFee", isAddress = false): Emit =>
  (f, state) => {
    if (reads !== undefined) f.callCore(reads);
    state.push({ limbs: f.words.loadLimbs(() => f.body.i32(0), address, { isAddress }) });
  };

const frameWord =
  (offset: number, isAddress = false): Emit =>
  (f, state) => {
    state.push({ limbs: f.words.loadLimbs(() => f.body.get(SELF), offset, { isAddress }) });
  };

/** `push` pushes an i32. */
const small =
  (push: (f: FrameEmitter) => void): Emit =>
  (f, state) => {
    push(f);
    f.body.op(I.i64ExtendI32U);
    state.push({ limbs: [f.words.take(), 0n, 0n, 0n] });
  };

/** `name(word, gas)` replaces the word. */
const replaceForGas =
  (name: CoreFunction): Emit =>
  (f, state) => {
    const operand = state.pop();
    const work = f.workSlot(state);
    f.storeTo(work, operand);
    f.pay(state);
    f.pushAddress(work);
    f.body.get(GAS);
    f.callCore(name);
    f.takeGas(state);
    state.push(f.loadFrom(work));
  };

/** `name(word)` replaces the word. */
const replace =
  (name: CoreFunction, reads?: "readsBlock"): Emit =>
  (f, state) => {
    const operand = state.pop();
    const work = f.workSlot(state);
    if (reads !== undefined) f.callCore(reads);
    f.storeTo(work, operand);
    f.pushAddress(work);
    f.callCore(name);
    state.push(f.loadFrom(work));
  };

const callDataLoad: Emit = (f, state) => {
  const { body, words } = f;
  const operand = state.pop();
  const limbs = f.limbs(operand);
  const work = f.workSlot(state);
  const results = [0, 1, 2, 3].map(() => f.locals.take(TYPE.i64)) as Limbs;
  const keep = (values: Limbs): void => {
    for (const [i, value] of values.entries()) {
      words.push(value);
      body.set(results[i] as number);
    }
  };
  // Offsets from 2^31 on are beyond call data.
  const upper = words.pushUpperLimbs([limbs]);
  if (upper === "nonzero") {
    state.push(constantValue(0n));
    return;
  }
  words.push(limbs[0]);
  body.i64(31n);
  body.op(I.i64ShrU);
  if (upper === "unknown") body.op(I.i64Or);
  body.op(I.i64Eqz);
  words.push(limbs[0]);
  body.op(I.i32WrapI64);
  body.i32(32);
  body.op(I.i32Add);
  body.get(SELF);
  body.access(I.i32Load, MAP.F_DATA_LENGTH);
  body.op(I.i32GtU, I.i32Eqz, I.i32And);
  body.if();
  const address = f.locals.take(TYPE.i32);
  words.push(limbs[0]);
  body.op(I.i32WrapI64);
  body.get(SELF);
  body.access(I.i32Load, MAP.F_DATA);
  body.op(I.i32Add);
  body.set(address);
  keep(words.loadBigEndian(address, 0));
  body.else();
  f.storeTo(work, operand);
  body.get(SELF);
  f.pushAddress(work);
  f.callCore("callDataLoad");
  keep(f.loadFrom(work).limbs!);
  body.end();
  state.push({ limbs: results });
};

const gasLeftWord: Emit = (f, state, _instruction, gasLeft) => {
  f.pay(state);
  f.body.get(GAS);
  f.body.i64(BigInt(gasLeft));
  f.body.op(I.i64Add);
  state.push({ limbs: [f.words.take(), 0n, 0n, 0n] });
};

export const ENVIRONMENT: Emitters = {
  ADDRESS: frameWord(MAP.F_ADDRESS, true),
  BALANCE: replaceForGas("balanceOf"),
  ORIGIN: fixedWord(MAP.ORIGIN, undefined, true),
  CALLER: frameWord(MAP.F_CALLER, true),
  CALLVALUE: frameWord(MAP.F_VALUE),
  CALLDATALOAD: callDataLoad,
  CALLDATASIZE: small((f) => {
    f.body.get(SELF);
    f.body.access(I.i32Load, MAP.F_DATA_LENGTH);
  }),
  CODESIZE: (f, state) => state.push(constantValue(BigInt(f.program.code.length))),
  GASPRICE: fixedWord(MAP.GAS_PRICE, "readsFee"),
  EXTCODESIZE: replaceForGas("extCodeSize"),
  RETURNDATASIZE: small((f) => f.callCore("returnDataLength")),
  EXTCODEHASH: replaceForGas("extCodeHash"),
  BLOCKHASH: replace("blockHash", "readsBlock"),
  COINBASE: fixedWord(MAP.COINBASE, "readsBlock", true),
  TIMESTAMP: fixedWord(MAP.TIMESTAMP, "readsBlock"),
  NUMBER: fixedWord(MAP.NUMBER, "readsBlock"),
  DIFFICULTY: fixedWord(MAP.PREVRANDAO, "readsBlock"),
  GASLIMIT: fixedWord(MAP.GAS_LIMIT, "readsBlock"),
  CHAINID: fixedWord(MAP.CHAIN_ID),
  SELFBALANCE: (f, state) => {
    const account = f.locals.take(TYPE.i32);
    f.body.get(SELF);
    f.body.access(I.i32Load, MAP.F_ACCOUNT);
    f.body.set(account);
    state.push({ limbs: f.words.loadLimbs(() => f.body.get(account), MAP.A_BALANCE) });
  },
  BASEFEE: fixedWord(MAP.BASE_FEE, "readsFee"),
  BLOBHASH: replace("blobHash"),
  BLOBBASEFEE: fixedWord(MAP.BLOB_BASE_FEE),
  PC: (_f, state, { pc }) => state.push(constantValue(BigInt(pc))),
  MSIZE: small((f) => f.body.get(SIZE)),
  GAS: gasLeftWord,
};
