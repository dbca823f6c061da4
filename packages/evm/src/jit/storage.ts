import type { Emit, Emitters } from "./Emit.ts";
import { GAS, SELF } from "./FrameEmitter.ts";

const readSlot: Emit = (f, state) => {
  const key = state.pop();
  const work = f.workSlot(state);
  f.storeTo(work, key);
  f.pay(state);
  f.body.get(SELF);
  f.pushAddress(work);
  f.body.get(GAS);
  f.callCore("readSlot");
  f.takeGas(state);
  state.push(f.loadFrom(work));
};

const writeSlot: Emit = (f, state, _instruction, gasLeft) => {
  const [key, value] = [state.pop(), state.pop()];
  const work = f.workSlot(state);
  f.pay(state);
  f.body.get(SELF);
  f.pushWord(key, work);
  f.pushWord(value, work + 1);
  f.body.i64(BigInt(gasLeft));
  f.body.get(GAS);
  f.callCore("writeSlot");
  f.takeGas(state);
};

const readTransient: Emit = (f, state) => {
  const key = state.pop();
  const work = f.workSlot(state);
  f.storeTo(work, key);
  f.body.get(SELF);
  f.pushAddress(work);
  f.callCore("readTransient");
  state.push(f.loadFrom(work));
};

const writeTransient: Emit = (f, state) => {
  const [key, value] = [state.pop(), state.pop()];
  const work = f.workSlot(state);
  f.pay(state);
  f.body.get(SELF);
  f.pushWord(key, work);
  f.pushWord(value, work + 1);
  f.body.get(GAS);
  f.callCore("writeTransient");
  f.takeGas(state);
};

export const STORAGE: Emitters = {
  SLOAD: readSlot,
  SSTORE: writeSlot,
  TLOAD: readTransient,
  TSTORE: writeTransient,
};
