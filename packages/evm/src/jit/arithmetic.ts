import type { CoreFunction } from "./coreFunctions.ts";
import type { Emit, Emitters } from "./Emit.ts";
import { type FrameEmitter, GAS } from "./FrameEmitter.ts";
import { constantOf, constantValue, type Limbs, type State, type Value } from "./State.ts";
import { I, TYPE } from "./wasm.ts";

/** Whether the words' upper limbs are zero decides at run time between `fast` and the core's function. */
function onSmall(
  f: FrameEmitter,
  state: State,
  operands: readonly Value[],
  fast: (limbs: readonly Limbs[]) => Limbs,
  slow: CoreFunction,
): Value {
  const { body, words } = f;
  const limbs = operands.map((operand) => f.limbs(operand));
  const upper = words.pushUpperLimbs(limbs);
  if (upper === "zero") return { limbs: fast(limbs) };
  if (upper === "nonzero") return callBinary(f, state, operands, slow);
  const results = [0, 1, 2, 3].map(() => f.locals.take(TYPE.i64)) as Limbs;
  const keep = (values: Limbs): void => {
    for (const [i, value] of values.entries()) {
      words.push(value);
      body.set(results[i] as number);
    }
  };
  body.op(I.i64Eqz);
  body.if();
  keep(fast(limbs));
  body.else();
  keep(callBinary(f, state, operands, slow).limbs!);
  body.end();
  return { limbs: results };
}

/** Calls `name(out, x, y…)`. */
function callBinary(f: FrameEmitter, state: State, operands: readonly Value[], name: CoreFunction): Value {
  const work = f.workSlot(state);
  f.pushAddress(work);
  for (const [i, operand] of operands.entries()) f.pushWord(operand, work + 1 + i);
  f.callCore(name);
  return f.loadFrom(work);
}

/** Like `callBinary`, for functions that change their operands. */
function callOnCopies(f: FrameEmitter, state: State, operands: readonly Value[], name: CoreFunction): Value {
  const work = f.workSlot(state);
  f.pushAddress(work);
  for (const [i, operand] of operands.entries()) {
    f.storeTo(work + 1 + i, operand);
    f.pushAddress(work + 1 + i);
  }
  f.callCore(name);
  return f.loadFrom(work);
}

const binary =
  (emit: (f: FrameEmitter, x: Value, y: Value, state: State) => Value): Emit =>
  (f, state) => {
    const [x, y] = [state.pop(), state.pop()];
    state.push(emit(f, x, y, state));
  };

const bitwise = (opcode: typeof I.i64And | typeof I.i64Or | typeof I.i64Xor, flagOpcode: number): Emit =>
  binary((f, x, y) => {
    if (x.flag === undefined || y.flag === undefined)
      return { limbs: f.words.bitwise(opcode, f.limbs(x), f.limbs(y)) };
    f.body.get(x.flag);
    f.body.get(y.flag);
    f.body.op(flagOpcode);
    return f.words.takeFlag();
  });

const shift = (
  name: CoreFunction,
  byConstant: (f: FrameEmitter, limbs: Limbs, count: number) => Limbs,
): Emit =>
  binary((f, count, value, state) => {
    const constant = constantOf(count);
    if (constant === undefined || constant > 255n) return callBinary(f, state, [count, value], name);
    return { limbs: byConstant(f, f.limbs(value), Number(constant)) };
  });

const ternary =
  (name: CoreFunction): Emit =>
  (f, state) => {
    const operands = [state.pop(), state.pop(), state.pop()];
    state.push(callBinary(f, state, operands, name));
  };

function powerOfTwo(value: bigint | undefined): number | undefined {
  if (value === undefined || value === 0n || (value & (value - 1n)) !== 0n) return undefined;
  return value.toString(2).length - 1;
}

const multiply = binary((f, x, y, state) => {
  for (const [constant, other] of [
    [constantOf(x), y],
    [constantOf(y), x],
  ] as const) {
    if (constant === 0n) return constantValue(0n);
    const bits = powerOfTwo(constant);
    if (bits !== undefined) return { limbs: f.words.shiftLeft(f.limbs(other), bits) };
  }
  return onSmall(f, state, [x, y], ([a, b]) => f.words.multiplyLimbs(a![0], b![0]), "mulWords");
});

const divide = binary((f, x, y, state) => {
  const bits = powerOfTwo(constantOf(y));
  if (bits !== undefined) return { limbs: f.words.shiftRight(f.limbs(x), bits) };
  return onSmall(f, state, [x, y], ([a, b]) => f.words.divideLimbs(a![0], b![0], I.i64DivU), "divWords");
});

const remainder = binary((f, x, y, state) => {
  const constant = constantOf(y);
  if (powerOfTwo(constant) !== undefined) {
    return { limbs: f.words.bitwise(I.i64And, f.limbs(x), constantValue(constant! - 1n).limbs!) };
  }
  return onSmall(f, state, [x, y], ([a, b]) => f.words.divideLimbs(a![0], b![0], I.i64RemU), "modWords");
});

const EXP_BYTE_GAS = 50n;

const power: Emit = (f, state) => {
  const [base, exponent] = [state.pop(), state.pop()];
  const work = f.workSlot(state);
  f.storeTo(work + 1, base);
  f.storeTo(work + 2, exponent);
  f.pay(state);
  f.body.get(GAS);
  f.body.i64(EXP_BYTE_GAS);
  f.pushAddress(work + 2);
  f.callCore("byteLength");
  f.body.op(I.i64ExtendI32U, I.i64Mul, I.i64Sub);
  f.takeGas(state);
  f.pushAddress(work);
  f.pushAddress(work + 1);
  f.pushAddress(work + 2);
  f.callCore("powWords");
  state.push(f.loadFrom(work));
};

const byte = binary((f, index, value, state) => {
  const constant = constantOf(index);
  if (constant === undefined || constant > 31n) return callBinary(f, state, [index, value], "byteOfWord");
  return { limbs: f.words.byte(f.limbs(value), Number(constant)) };
});

const extendSign = binary((f, index, value, state) => {
  const constant = constantOf(index);
  if (constant === undefined || constant > 30n) return callBinary(f, state, [index, value], "signextendWord");
  return { limbs: f.words.extendSign(f.limbs(value), Number(constant)) };
});

const wordsOf = (f: FrameEmitter, x: Value, y: Value): [Limbs, Limbs] => [f.limbs(x), f.limbs(y)];

export const ARITHMETIC: Emitters = {
  ADD: binary((f, x, y) => ({ limbs: f.words.add(...wordsOf(f, x, y)) })),
  MUL: multiply,
  SUB: binary((f, x, y) => ({ limbs: f.words.subtract(...wordsOf(f, x, y)) })),
  DIV: divide,
  SDIV: binary((f, x, y, state) => callOnCopies(f, state, [x, y], "sdivWords")),
  MOD: remainder,
  SMOD: binary((f, x, y, state) => callOnCopies(f, state, [x, y], "smodWords")),
  ADDMOD: ternary("addmodWords"),
  MULMOD: ternary("mulmodWords"),
  EXP: power,
  SIGNEXTEND: extendSign,
  LT: binary((f, x, y) => f.words.isLess(...wordsOf(f, x, y))),
  GT: binary((f, x, y) => f.words.isLess(...wordsOf(f, y, x))),
  SLT: binary((f, x, y) => f.words.isLess(...wordsOf(f, x, y), true)),
  SGT: binary((f, x, y) => f.words.isLess(...wordsOf(f, y, x), true)),
  EQ: binary((f, x, y) => f.words.isEqual(...wordsOf(f, x, y))),
  ISZERO: (f, state) => {
    const value = state.pop();
    if (value.flag === undefined) f.limbs(value);
    state.push(f.words.isZero(value));
  },
  AND: bitwise(I.i64And, I.i32And),
  OR: bitwise(I.i64Or, I.i32Or),
  XOR: bitwise(I.i64Xor, I.i32Xor),
  NOT: (f, state) => {
    const ones = constantValue((1n << 256n) - 1n).limbs!;
    state.push({ limbs: f.words.bitwise(I.i64Xor, f.limbs(state.pop()), ones) });
  },
  BYTE: byte,
  SHL: shift("shlWord", (f, limbs, count) => f.words.shiftLeft(limbs, count)),
  SHR: shift("shrWord", (f, limbs, count) => f.words.shiftRight(limbs, count)),
  CLZ: (f, state) => {
    state.push(callBinary(f, state, [state.pop()], "clzWord"));
  },
  SAR: shift("sarWord", (f, limbs, count) => f.words.shiftRightSigned(limbs, count)),
};
