import { BlockingToken } from "../generated/BlockingToken.ts";
import { DecimalsToken } from "../generated/DecimalsToken.ts";
import { FeeToken } from "../generated/FeeToken.ts";
import { GasBurningToken } from "../generated/GasBurningToken.ts";
import { HoneypotToken } from "../generated/HoneypotToken.ts";
import { IdlePool } from "../generated/IdlePool.ts";
import { LyingPair } from "../generated/LyingPair.ts";
import { LyingPool } from "../generated/LyingPool.ts";
import { OddAnswerToken } from "../generated/OddAnswerToken.ts";
import { PlainToken } from "../generated/PlainToken.ts";
import { PoolUser } from "../generated/PoolUser.ts";
import { RebasingToken } from "../generated/RebasingToken.ts";
import { ReentrantToken } from "../generated/ReentrantToken.ts";
import { StableSwapPool } from "../generated/StableSwapPool.ts";

export const TOKENS = {
  PlainToken,
  FeeToken,
  BlockingToken,
  HoneypotToken,
  RebasingToken,
  ReentrantToken,
  GasBurningToken,
  OddAnswerToken,
} as const;

export const CONTRACTS = {
  ...TOKENS,
  DecimalsToken,
  IdlePool,
  LyingPair,
  LyingPool,
  PoolUser,
  StableSwapPool,
} as const;
