// OUT_OF_GAS to PRECOMPILE consume the frame's remaining gas.

export const HALT_STOP: i32 = 0;
export const HALT_RETURN: i32 = 1;
export const HALT_REVERT: i32 = 2;
export const HALT_OUT_OF_GAS: i32 = 3;
export const HALT_STACK: i32 = 4;
export const HALT_JUMP: i32 = 5;
export const HALT_INVALID: i32 = 6;
export const HALT_STATIC: i32 = 7;
export const HALT_RETURN_DATA: i32 = 8;
export const HALT_INIT_CODE_SIZE: i32 = 9;
export const HALT_CODE_SIZE: i32 = 10;
export const HALT_CODE_PREFIX: i32 = 11;
export const HALT_CODE_DEPOSIT: i32 = 12;
export const HALT_COLLISION: i32 = 13;
export const HALT_PRECOMPILE: i32 = 14;
export const HALT_DEPTH: i32 = 15;
export const HALT_BALANCE: i32 = 16;
export const HALT_NONCE: i32 = 17;
/** Not a halt: another frame runs next. */
export const SWITCH: i32 = 32;
/** Not a halt: the frame resumes later. */
export const YIELD: i32 = 33;
export const CONTINUE: i32 = 34;
/** Not a halt: the interpreter continues the frame. */
export const INTERPRET: i32 = 35;
