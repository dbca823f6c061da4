import { INIT_CODE_WORD_GAS } from "./creates";
import {
  M_ACCESS_COUNT,
  M_ACCESS_LIST,
  M_AUTHORIZATION_COUNT,
  M_CREATES,
  M_DATA,
  M_DATA_LENGTH,
  M_EXTRA_GAS,
  MESSAGE,
  RULE_CALLDATA_FLOOR,
  RULES,
} from "./layout";

const TRANSACTION_GAS: u64 = 21000;
const CREATION_GAS: u64 = 32000;
const ZERO_BYTE_GAS: u64 = 4;
const BYTE_GAS: u64 = 16;
const ACCESS_ADDRESS_GAS: u64 = 2400;
const ACCESS_KEY_GAS: u64 = 1900;
/** EIP-7702. */
export const AUTHORIZATION_GAS: u64 = 25000;
/** EIP-7623: per token, which costs `ZERO_BYTE_GAS` without the floor. */
const FLOOR_TOKEN_GAS: u64 = 10;

/** EIP-2028. */
export function countDataGas(from: usize, length: u32): u64 {
  let zeros: u32 = 0;
  let i: usize = 0;
  for (; i + 16 <= <usize>length; i += 16) {
    zeros += <u32>popcnt(i8x16.bitmask(i8x16.eq(v128.load(from + i), i64x2(0, 0))));
  }
  for (; i < <usize>length; i++) zeros += u32(load<u8>(from + i) == 0);
  return ZERO_BYTE_GAS * zeros + BYTE_GAS * (length - zeros);
}

/** Yellow paper 6.2, EIP-2930, EIP-3860, EIP-7702. */
export function intrinsicGas(): u64 {
  const length = load<u32>(MESSAGE, M_DATA_LENGTH);
  let gas = TRANSACTION_GAS + countDataGas(load<u32>(MESSAGE, M_DATA), length) + load<u64>(MESSAGE, M_EXTRA_GAS);
  if (load<u32>(MESSAGE, M_CREATES)) gas += CREATION_GAS + <u64>INIT_CODE_WORD_GAS * ((length + 31) >> 5);
  let entry: usize = load<u32>(MESSAGE, M_ACCESS_LIST);
  for (let i = load<u32>(MESSAGE, M_ACCESS_COUNT); i > 0; i--) {
    const keys = load<u32>(entry, 32);
    gas += ACCESS_ADDRESS_GAS + ACCESS_KEY_GAS * keys;
    entry += 64 + (<usize>keys << 5);
  }
  return gas + AUTHORIZATION_GAS * load<u32>(MESSAGE, M_AUTHORIZATION_COUNT);
}

/** EIP-7623. 0 before Prague. */
export function floorGas(): u64 {
  if ((load<u32>(RULES) & RULE_CALLDATA_FLOOR) == 0) return 0;
  const tokens = countDataGas(load<u32>(MESSAGE, M_DATA), load<u32>(MESSAGE, M_DATA_LENGTH)) / ZERO_BYTE_GAS;
  return TRANSACTION_GAS + FLOOR_TOKEN_GAS * tokens + load<u64>(MESSAGE, M_EXTRA_GAS);
}
