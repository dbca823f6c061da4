/** Same numbers as in core/halts.ts. */
export const HALTS = {
  return: 1,
  revert: 2,
  outOfGas: 3,
  stack: 4,
  invalid: 6,
  static: 7,
  initCodeSize: 9,
  codeDeposit: 12,
  depth: 15,
} as const;
