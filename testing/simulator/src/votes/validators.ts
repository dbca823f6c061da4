import { bytesToHex, hexToBytes } from "@trellis/base";
import type { GenesisValidator, StakingGenesis } from "@trellis/contracts";
import { blsProvePossession, blsPublicKey, blsSecretFromSeed, keccak256 } from "@trellis/crypto";
import type { Address } from "@trellis/protocol";
import { COIN } from "../node/coin.ts";
import type { Voting } from "./chooseVoting.ts";

interface ValidatorKeys {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly address: Address;
  readonly proof: Uint8Array;
}

export const REWARD_WEI = 100n * COIN;
const UNBONDING_EPOCHS = 64n;

const known: ValidatorKeys[] = [];

export function validatorKeys(node: number): ValidatorKeys {
  for (let index = known.length; index <= node; index++) {
    const seed = keccak256(new TextEncoder().encode(`simulated validator ${index}`));
    const secret = blsSecretFromSeed(seed);
    const address: Address = bytesToHex(seed.slice(0, 20));
    const proof = blsProvePossession(secret, hexToBytes(address));
    known.push({ secret, publicKey: blsPublicKey(secret), address, proof });
  }
  return known[node]!;
}

export function stakingOf({ stakes, epochBlocks, punishesAbsence }: Voting): StakingGenesis {
  const validators = stakes.flatMap((stakeWei, node): GenesisValidator[] => {
    if (stakeWei === 0n) return [];
    const { address, publicKey: key, proof } = validatorKeys(node);
    return [{ address, key, proof, stakeWei, commissionBasisPoints: 1_000 }];
  });
  return {
    validators,
    timeFloorSeconds: 1,
    values: {
      epochLengthBlocks: BigInt(epochBlocks),
      rewardsPerEpochWei: REWARD_WEI,
      unbondingEpochs: UNBONDING_EPOCHS,
      selfStakeMinWei: COIN,
      ...(punishesAbsence ? {} : { participationMinBasisPoints: 0n }),
    },
  };
}
