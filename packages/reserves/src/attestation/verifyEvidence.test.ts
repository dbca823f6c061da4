import { bytesToHex } from "@trellis/base";
import { privateKeyToAddress } from "@trellis/crypto";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import { type ChainId, challengeToText, type OwnershipClaim } from "../assets/index.ts";
import { bitcoinAddressOf, signBip322 } from "../assets/testing/signBip322.ts";
import { createAttestation, verifyEvidence } from "./index.ts";
import { attestationInput, attestedRecord, hash } from "./testing/attestationInput.ts";

const key = new Uint8Array(32).fill(9);
const account = privateKeyToAccount(bytesToHex(key));
const BITCOIN: ChainId = "bip122:000000000019d6689c085ae165831e93";
const block = { blockHeight: 900_000, blockHash: hash("cd") };
const places = [
  { chain: "eip155:1" as ChainId, address: bytesToHex(privateKeyToAddress(key)) as string },
  { chain: BITCOIN, address: bitcoinAddressOf("p2wpkh", key) },
] as const;

const attestation = createAttestation({
  ...attestationInput,
  readings: [...attestationInput.readings, { chain: BITCOIN, source: "statement", by: "treasury" }],
  holdings: [
    { ...block, ...places[0], asset: "ETH", token: null, amount: 10n ** 19n, method: "eip191" },
    {
      ...block,
      ...places[0],
      asset: "XYZ",
      token: `0x${"22".repeat(20)}`,
      amount: 10n ** 7n,
      method: "eip191",
    },
    { ...block, ...places[1], asset: "XYZ", token: null, amount: 1n, method: "bip322" },
  ],
});

function challengeOf(place: (typeof places)[number], change = {}): string {
  const { custodian } = attestation;
  const nonce = `0x${"11".repeat(32)}` as const;
  const snapshotId = `0x${"01".repeat(32)}` as const;
  return challengeToText({ custodian, snapshotId, blockHeight: 900_000, nonce, ...place, ...change });
}

const record = {
  ...attestedRecord,
  snapshotId: attestation.snapshotId,
  blockHeights: Object.fromEntries(places.map(({ chain }) => [chain, 900_000])),
};

async function claims(change = {}, lockTime = 0): Promise<OwnershipClaim[]> {
  const [evm, bitcoin] = [challengeOf(places[0], change), challengeOf(places[1], change)];
  return [
    { challenge: evm, method: "eip191", signature: await account.signMessage({ message: evm }) },
    { challenge: bitcoin, method: "bip322", signature: signBip322("p2wpkh", key, bitcoin, lockTime) },
  ];
}

describe("evidence", () => {
  it("lists each address once for any number of assets", async () => {
    const owned = await verifyEvidence(attestation, record, await claims());
    expect(owned.map(({ method }) => method)).toEqual(["eip191", "bip322"]);
  });

  it("ATTESTATION_REFUSED: an address without its claim", async () => {
    const [evm] = await claims();
    await expect(verifyEvidence(attestation, record, [evm as OwnershipClaim])).rejects.toMatchObject({
      code: "ATTESTATION_REFUSED",
      facts: { reason: "an address has no signed claim", chain: BITCOIN },
    });
  });

  it("a claim of another height or custodian is refused", async () => {
    await expect(verifyEvidence(attestation, record, await claims({ blockHeight: 1 }))).rejects.toMatchObject(
      {
        code: "CHALLENGE_REFUSED",
        facts: expect.objectContaining({
          reason: "block height or chain not in the snapshot",
        }),
      },
    );
    await expect(
      verifyEvidence(attestation, record, await claims({ custodian: "other" })),
    ).rejects.toMatchObject({
      code: "CHALLENGE_REFUSED",
      facts: expect.objectContaining({ reason: "another custodian's challenge" }),
    });
  });

  it("ATT-10: heights and time are the record's, whatever the attestation says", async () => {
    const elsewhere = { ...record, blockHeights: { ...record.blockHeights, "eip155:1": 900_001 } };
    await expect(verifyEvidence(attestation, elsewhere, await claims())).rejects.toMatchObject({
      code: "CHALLENGE_REFUSED",
      facts: expect.objectContaining({
        reason: "block height or chain not in the snapshot",
      }),
    });
    await expect(verifyEvidence(attestation, record, await claims({}, 1_790_000_001))).rejects.toMatchObject({
      code: "OWNERSHIP_SIGNATURE_INVALID",
      facts: expect.objectContaining({ reason: "the keys cannot move the coins yet" }),
    });
  });
});
