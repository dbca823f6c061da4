import { BLAKE2_INPUT, compressBlake2 } from "./blake2";
import { FAULT_RETURN_DATA, raiseFault } from "./fault";
import { HALT_OUT_OF_GAS, HALT_PRECOMPILE, HALT_RETURN } from "./halts";
import { hostPrecompile } from "./host";
import { isSmallModexp, modulusLength, runSmallModexp, smallModexpGas } from "./modexp";
import { HOST_LENGTH, RETURN_DATA, RETURN_DATA_END } from "./layout";
import { setOutput } from "./output";
import { F_DATA, F_DATA_LENGTH, F_GAS } from "./records";

const IDENTITY: u32 = 4;
const MODEXP: u32 = 5;
const BLAKE2: u32 = 9;
/** From this many rounds on, the host runs BLAKE2, because it may cache results. */
const LONG_BLAKE2_ROUNDS: u32 = 5000;
/** Exact as a double. No precompile costs as much. */
const GAS_CAP: i64 = 1 << 52;
const DOES_NOT_FIT: f64 = -2;

export function runPrecompile(child: usize, id: u32): i32 {
  const gas = load<i64>(child, F_GAS);
  const from: usize = load<u32>(child, F_DATA);
  const length = load<u32>(child, F_DATA_LENGTH);
  setOutput(RETURN_DATA, 0);
  if (id == IDENTITY) return copyIdentity(child, from, length, gas);
  if (id == MODEXP && isSmallModexp(from, length)) return runModexp(child, from, length, gas);
  if (id == BLAKE2) return runBlake2(child, from, length, gas);
  const used = hostPrecompile(id, from, length, <f64>min(gas, GAS_CAP));
  if (used < 0) {
    if (used == DOES_NOT_FIT) raiseFault(FAULT_RETURN_DATA);
    return HALT_PRECOMPILE;
  }
  if (<i64>used > gas) return HALT_OUT_OF_GAS;
  store<i64>(child, gas - <i64>used, F_GAS);
  setOutput(RETURN_DATA, load<u32>(HOST_LENGTH));
  return HALT_RETURN;
}

function copyIdentity(child: usize, from: usize, length: u32, gas: i64): i32 {
  const left = gas - 15 - 3 * ((<i64>length + 31) >> 5);
  if (left < 0) return HALT_OUT_OF_GAS;
  if (<usize>length > RETURN_DATA_END - RETURN_DATA) {
    raiseFault(FAULT_RETURN_DATA);
    return HALT_PRECOMPILE;
  }
  memory.copy(RETURN_DATA, from, length);
  store<i64>(child, left, F_GAS);
  setOutput(RETURN_DATA, length);
  return HALT_RETURN;
}

/** Each round costs one gas (EIP-152). */
function runBlake2(child: usize, from: usize, length: u32, gas: i64): i32 {
  if (length != BLAKE2_INPUT || load<u8>(from, 212) > 1) return HALT_PRECOMPILE;
  const rounds = bswap<u32>(load<u32>(from));
  const left = gas - <i64>rounds;
  if (left < 0) return HALT_OUT_OF_GAS;
  if (rounds < LONG_BLAKE2_ROUNDS) compressBlake2(RETURN_DATA, from);
  else if (hostPrecompile(BLAKE2, from, length, 0) < 0) return HALT_PRECOMPILE;
  store<i64>(child, left, F_GAS);
  setOutput(RETURN_DATA, 64);
  return HALT_RETURN;
}

function runModexp(child: usize, from: usize, length: u32, gas: i64): i32 {
  const price = smallModexpGas(from, length);
  if (price > <u64>gas) return HALT_OUT_OF_GAS;
  runSmallModexp(RETURN_DATA, from, length);
  store<i64>(child, gas - <i64>price, F_GAS);
  setOutput(RETURN_DATA, modulusLength);
  return HALT_RETURN;
}
