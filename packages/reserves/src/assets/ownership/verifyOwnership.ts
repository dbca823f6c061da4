import { bytesToHex, type Facts, type Hex, isHex, type TrellisError } from "@trellis/base";
import { verifyBip322 } from "../bip322/verifyBip322.ts";
import { type Chain, parseChainId } from "../chainId.ts";
import type { Challenge } from "../challenge/Challenge.ts";
import { textToChallenge } from "../challenge/challengeText.ts";
import { typedChallengeDigest } from "../challenge/typedChallenge.ts";
import { assetsErrors } from "../errors.ts";
import { personalDigest, recoverSigner } from "../evm/recoverSigner.ts";
import type {
  ContractWallets,
  OwnershipClaim,
  OwnershipExpectation,
  OwnershipMethod,
} from "./OwnershipClaim.ts";

export interface OwnedAddress {
  readonly challenge: Challenge;
  readonly method: OwnershipMethod;
  /** Lock time and coin age (BIP-68) of a Bitcoin proof, otherwise 0. */
  readonly lockTime: number;
  readonly sequence: number;
}

/**
 * `ClaimRegister` must check that the challenge was issued and the address is unclaimed.
 * @throws CHALLENGE_*, OWNERSHIP_SIGNATURE_INVALID, BITCOIN_*
 */
export async function verifyOwnership(
  claim: OwnershipClaim,
  expected: OwnershipExpectation,
  deps: { readonly wallets?: ContractWallets } = {},
): Promise<OwnedAddress> {
  const challenge = textToChallenge(claim.challenge);
  checkBound(challenge, expected);
  const chain = parseChainId(challenge.chain) as Chain;
  if ((claim.method === "bip322") !== (chain.kind === "bitcoin"))
    throw unproved("the method does not match the address's chain", {
      method: claim.method,
      chain: challenge.chain,
    });
  const none = { lockTime: 0, sequence: 0 };
  switch (claim.method) {
    case "bip322": {
      const network = chain.kind === "bitcoin" ? chain.network : "mainnet";
      const { address } = challenge;
      const { lockTime, sequence, signatureCount } = verifyBip322({
        address,
        message: claim.challenge,
        signature: claim.signature,
        network,
      });
      // If no signature is required, anyone could claim the address.
      if (signatureCount === 0) throw unproved("the address requires no signature", { address });
      checkUnlocked(lockTime, challenge, expected);
      return { challenge, method: claim.method, lockTime, sequence };
    }
    case "eip191":
      checkSigner(challenge, recoverSigner(textDigest(claim.challenge), claim.signature));
      return { challenge, method: claim.method, ...none };
    case "eip712":
      checkSigner(challenge, recoverSigner(typedChallengeDigest(challenge), claim.signature));
      return { challenge, method: claim.method, ...none };
    case "eip1271":
      await checkContract(challenge, claim, deps.wallets);
      return { challenge, method: claim.method, ...none };
  }
}

function checkBound(challenge: Challenge, expected: OwnershipExpectation): void {
  const { custodian, snapshotId, chain, blockHeight } = challenge;
  if (custodian !== expected.custodian)
    throw assetsErrors.CHALLENGE_REFUSED({
      reason: "another custodian's challenge",
      got: custodian,
      expected: expected.custodian,
    });
  if (snapshotId !== expected.snapshotId.toLowerCase())
    throw assetsErrors.CHALLENGE_REFUSED({
      reason: "another snapshot's challenge",
      got: snapshotId,
      expected: expected.snapshotId,
    });
  const height = Object.hasOwn(expected.blockHeights, chain) ? expected.blockHeights[chain] : undefined;
  if (blockHeight !== height)
    throw assetsErrors.CHALLENGE_REFUSED({
      reason: "block height or chain not in the snapshot",
      chain,
      got: blockHeight,
      expected: height,
    });
}

/** Lower lock times are block heights (BIP-65). */
const LOCK_SECONDS_FROM = 500_000_000;

/** Coins that are still locked cannot serve as reserves. `sequence` is only reported. */
function checkUnlocked(
  lockTime: number,
  { blockHeight, address }: Challenge,
  { timeMs }: OwnershipExpectation,
): void {
  const reached = lockTime < LOCK_SECONDS_FROM ? blockHeight : Math.floor((timeMs ?? 0) / 1000);
  if (lockTime > reached)
    throw unproved("the keys cannot move the coins yet", { address, lockTime, reached });
}

function textDigest(text: string): Uint8Array {
  return personalDigest(new TextEncoder().encode(text));
}

function checkSigner({ address }: Challenge, signer: Hex): void {
  if (signer !== address) throw unproved("another address signed the challenge", { signer, address });
}

/** The contract verifies the EIP-191 digest of the text that wallets display. */
async function checkContract(
  challenge: Challenge,
  claim: OwnershipClaim,
  wallets: ContractWallets | undefined,
): Promise<void> {
  if (wallets === undefined)
    throw unproved("the method does not match the address's chain", { method: "eip1271", nodes: 0 });
  const { signature } = claim;
  if (!isHex(signature)) throw unproved("not an EVM signature", { length: signature.length });
  const { chainId } = parseChainId(challenge.chain) as Chain & { kind: "evm" };
  const address = challenge.address as Hex;
  const digest = bytesToHex(textDigest(claim.challenge));
  const { blockHeight } = challenge;
  if (!(await wallets.isValidSignature({ chainId, address, digest, signature, blockHeight })))
    throw unproved("the contract wallet does not accept the signature", { address, blockHeight });
}

function unproved(reason: string, facts: Facts = {}): TrellisError {
  return assetsErrors.OWNERSHIP_SIGNATURE_INVALID({ reason, ...facts });
}
