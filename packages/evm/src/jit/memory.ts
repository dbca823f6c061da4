import type { CoreFunction } from "./coreFunctions.ts";
import type { Emit, Emitters } from "./Emit.ts";
import { BASE, type FrameEmitter, GAS, SELF, SIZE } from "./FrameEmitter.ts";
import { constantOf, type Limbs, type State, type Value } from "./State.ts";
import { I, TYPE } from "./wasm.ts";

const MAX_OFFSET = 1n << 31n;

/** `name(self, stack pointer, gas)` takes `count` operands from the stack. */
const onMemory =
  (name: CoreFunction, count: number): Emit =>
  (f, state) => {
    const operands = Array.from({ length: count }, () => state.pop());
    const work = f.workSlot(state);
    for (const [i, operand] of operands.entries()) f.storeTo(work + count - 1 - i, operand);
    f.pay(state);
    f.body.get(SELF);
    f.pushAddress(work);
    f.body.get(GAS);
    f.callCore(name);
    f.takeGas(state);
    f.reloadSize();
  };

/** Makes `length` bytes at the offset accessible. @returns local and constant whose sum is the address */
function reachMemory(
  f: FrameEmitter,
  state: State,
  at: Value,
  length: number,
): [local: number, offset: number] {
  const { body } = f;
  const constant = constantOf(at);
  if (constant !== undefined && constant < MAX_OFFSET - 32n) {
    const end = Number(constant) + length;
    if (end > state.memorySize) {
      f.pay(state);
      body.get(SIZE);
      body.i32(end);
      body.op(I.i32LtU);
      body.if();
      body.get(SELF);
      body.i32(end);
      body.get(GAS);
      f.callCore("expandFrame");
      f.takeGas(state);
      f.reloadSize();
      body.end();
      state.memorySize = (end + 31) & ~31;
    }
    return [BASE, Number(constant)];
  }
  return reachWord(f, state, f.limbs(at), length);
}

/** Like `reachMemory`, for an offset that is not constant. */
function reachWord(
  f: FrameEmitter,
  state: State,
  limbs: Limbs,
  length: number,
): [local: number, offset: number] {
  const { body, words } = f;
  const [low] = limbs;
  f.pay(state);
  // The offset is beyond memory or the end is beyond the size.
  const pushBeyond = (): void => {
    const upper = words.pushUpperLimbs([limbs]);
    if (upper === "nonzero") body.i64(1n);
    words.push(low);
    body.i64(31n);
    body.op(I.i64ShrU);
    if (upper !== "zero") body.op(I.i64Or);
    body.op(I.i64Eqz, I.i32Eqz);
  };
  const end = f.locals.take(TYPE.i32);
  words.push(low);
  body.op(I.i32WrapI64);
  body.i32(length);
  body.op(I.i32Add);
  body.set(end);
  const beyond = f.locals.take(TYPE.i32);
  pushBeyond();
  body.tee(beyond);
  body.get(SIZE);
  body.get(end);
  body.op(I.i32LtU, I.i32Or);
  body.if();
  body.get(SELF);
  body.i32(-1);
  body.get(end);
  body.get(beyond);
  body.op(I.select);
  body.get(GAS);
  f.callCore("expandFrame");
  f.takeGas(state);
  f.reloadSize();
  body.end();
  const address = f.locals.take(TYPE.i32);
  words.push(low);
  body.op(I.i32WrapI64);
  body.get(BASE);
  body.op(I.i32Add);
  body.set(address);
  return [address, 0];
}

const keccak: Emit = (f, state) => {
  const [offset, length] = [state.pop(), state.pop()];
  const work = f.workSlot(state);
  f.storeTo(work, length);
  f.storeTo(work + 1, offset);
  f.pay(state);
  f.body.get(SELF);
  f.pushAddress(work + 1);
  f.body.get(GAS);
  f.callCore("keccak");
  f.takeGas(state);
  f.reloadSize();
  state.push(f.loadFrom(work));
};

const load: Emit = (f, state) => {
  const [address, offset] = reachMemory(f, state, state.pop(), 32);
  state.push({ limbs: f.words.loadBigEndian(address, offset) });
};

const store: Emit = (f, state) => {
  const [at, value] = [state.pop(), state.pop()];
  const limbs = f.limbs(value);
  const [address, offset] = reachMemory(f, state, at, 32);
  f.words.storeBigEndian(address, offset, limbs);
};

const storeByte: Emit = (f, state) => {
  const [at, value] = [state.pop(), state.pop()];
  const [low] = f.limbs(value);
  const [address, offset] = reachMemory(f, state, at, 1);
  f.body.get(address);
  f.words.push(low);
  f.body.op(I.i32WrapI64);
  f.body.access(I.i32Store8, offset);
};

const log: Emit = (f, state, { opcode }) => {
  const topicCount = opcode - 0xa0;
  const operands = Array.from({ length: 2 + topicCount }, () => state.pop());
  const work = f.workSlot(state);
  for (const [i, operand] of operands.entries()) f.storeTo(work + 1 + topicCount - i, operand);
  f.pay(state);
  f.body.get(SELF);
  f.pushAddress(work + topicCount);
  f.body.i32(topicCount);
  f.body.get(GAS);
  f.callCore("writeLog");
  f.takeGas(state);
  f.reloadSize();
};

export const MEMORY: Emitters = {
  KECCAK256: keccak,
  CALLDATACOPY: onMemory("callDataCopy", 3),
  CODECOPY: onMemory("codeCopy", 3),
  EXTCODECOPY: onMemory("extCodeCopy", 4),
  RETURNDATACOPY: onMemory("copyReturnData", 3),
  MLOAD: load,
  MSTORE: store,
  MSTORE8: storeByte,
  MCOPY: onMemory("memoryCopy", 3),
  LOG0: log,
  LOG1: log,
  LOG2: log,
  LOG3: log,
  LOG4: log,
};
