export const A_ADDRESS: usize = 0;
/** u32: `ACCOUNT_…`. */
export const A_FLAGS: usize = 24;
/** u32: code entry, valid while A_CODE_EPOCH equals the code cache's epoch. */
export const A_CODE: usize = 28;
export const A_BALANCE: usize = 32;
export const A_NONCE: usize = 64;
/** u32: transaction of the last access. */
export const A_WARM: usize = 72;
/** u32: transaction for which the flags CREATED, DESTROYED and TOUCHED are valid. */
export const A_TRANSACTION: usize = 76;
/** u32: first slot, linked by S_NEXT. */
export const A_SLOTS: usize = 80;
export const A_CODE_EPOCH: usize = 84;
export const A_NEXT_TOUCHED: usize = 88;
export const A_NEXT_CHANGED: usize = 92;
export const A_CODE_HASH: usize = 96;
export const A_FIRST_FLAGS: usize = 128;
export const A_FIRST_NONCE: usize = 136;
export const A_FIRST_BALANCE: usize = 144;
export const A_FIRST_CODE_HASH: usize = 176;
/** u32: last transaction that accessed the account; the fields below are values before it. [EVM-20] */
export const A_SEEN: usize = 208;
export const A_NEXT_SEEN: usize = 212;
export const A_SEEN_NONCE: usize = 216;
export const A_SEEN_BALANCE: usize = 224;

export const ACCOUNT_EXISTS: u32 = 1;
/** Its slots not read yet are zero. */
export const ACCOUNT_CLEARED: u32 = 2;
export const ACCOUNT_CHANGED: u32 = 4;
export const ACCOUNT_CREATED: u32 = 8;
export const ACCOUNT_DESTROYED: u32 = 16;
export const ACCOUNT_TOUCHED: u32 = 32;
export const ACCOUNT_LISTED: u32 = 64;
export const ACCOUNT_REVERTIBLE: u32 = ACCOUNT_CREATED | ACCOUNT_DESTROYED | ACCOUNT_TOUCHED;
export const ACCOUNT_TRANSIENT: u32 = ACCOUNT_REVERTIBLE | ACCOUNT_LISTED;

export const S_KEY: usize = 0;
export const S_VALUE: usize = 32;
/** Valid while S_TRANSACTION is current. */
export const S_ORIGINAL: usize = 64;
export const S_FIRST: usize = 96;
export const S_ACCOUNT: usize = 128;
export const S_NEXT: usize = 132;
export const S_TRANSACTION: usize = 136;
export const S_WARM: usize = 140;
export const S_CHANGED: usize = 144;
export const S_NEXT_CHANGED: usize = 148;
export const S_SEEN: usize = 152;
export const S_NEXT_SEEN: usize = 156;

export const T_KEY: usize = 0;
export const T_VALUE: usize = 32;
export const T_ACCOUNT: usize = 64;

export const C_HASH: usize = 0;
/** u32: 0 if the bytes are evicted. */
export const C_BYTES: usize = 32;
export const C_LENGTH: usize = 36;
/** u32: map from offsets to translations (translate.ts). */
export const C_MAP: usize = 40;
/** u32: translation of offset 0, or 0. */
export const C_START: usize = 44;
/** u32: epoch of C_MAP and C_START. */
export const C_EPOCH: usize = 48;
/** u32: one bit per byte of code; 0 before the first jump. */
export const C_JUMPS: usize = 52;
/** u32: gas that the interpreter used. Only of cached codes, like C_COMPILED. */
export const C_HEAT: usize = 56;
/** u32: index of the compiled code's function, or 0. */
export const C_COMPILED: usize = 60;

export const F_CODE: usize = 0;
/** u32: address of the translated code to resume at. */
export const F_NEXT: usize = 4;
/** u32, instead of F_NEXT: where compiled code resumes. */
export const F_ENTRY: usize = 4;
export const F_EPOCH: usize = 8;
export const F_PC: usize = 12;
/** u32: address after the top of the stack. */
export const F_TOP: usize = 16;
export const F_STACK: usize = 20;
export const F_MEMORY: usize = 24;
export const F_MEMORY_SIZE: usize = 28;
export const F_GAS: usize = 32;
export const F_DATA: usize = 40;
export const F_DATA_LENGTH: usize = 44;
export const F_OUTPUT: usize = 48;
export const F_OUTPUT_LENGTH: usize = 52;
export const F_KIND: usize = 56;
export const F_STATIC: usize = 60;
/** Positions to which a failed frame reverts. */
export const F_JOURNAL: usize = 64;
export const F_LOGS: usize = 68;
export const F_REFUND: usize = 72;
export const F_LOG_COUNT: usize = 80;
/** u32: account whose storage and balance the frame uses. */
export const F_ACCOUNT: usize = 84;
export const F_TARGET: usize = 88;
/** u32: C_COMPILED, or 0 in the interpreter. */
export const F_COMPILED: usize = 92;
export const F_ADDRESS: usize = 96;
export const F_CALLER: usize = 128;
export const F_VALUE: usize = 160;
/** Code entry of init code in the creator's memory. */
export const F_INIT_CODE: usize = 192;
/** i64: gas below which compiled code yields. */
export const F_FLOOR: usize = 248;
