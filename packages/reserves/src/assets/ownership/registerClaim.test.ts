import { base64, bech32 } from "@scure/base";
import { bytesToHex, concatBytes, type Hex } from "@trellis/base";
import { privateKeyToAddress, sha256 } from "@trellis/crypto";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import { refusal } from "../../testing/refusal.ts";
import { list, varBytes } from "../bitcoin/encode.ts";
import type { ChainId } from "../chainId.ts";
import { challengeToText, textToChallenge } from "../challenge/challengeText.ts";
import { typedChallenge } from "../challenge/typedChallenge.ts";
import { bitcoinAddressOf, signBip322 } from "../testing/signBip322.ts";
import type { ContractWallets, OwnershipClaim, OwnershipExpectation } from "./OwnershipClaim.ts";
import { issueChallenge, registerClaim } from "./registerClaim.ts";
import { createMemoryClaimRegister } from "./testing/createMemoryClaimRegister.ts";

const BITCOIN: ChainId = "bip122:000000000019d6689c085ae165831e93";
const EVM: ChainId = "eip155:1";
const key = new Uint8Array(32).fill(9);
const account = privateKeyToAccount(bytesToHex(key));
const evmAddress = bytesToHex(privateKeyToAddress(key));
const bitcoinAddress = bitcoinAddressOf("p2wpkh", key);
const snapshot = (byte: string): Hex => `0x${byte.repeat(32)}`;
const ours: OwnershipExpectation = {
  custodian: "exchange.example",
  snapshotId: snapshot("01"),
  blockHeights: { [BITCOIN]: 900_000, [EVM]: 24_000_000 },
};

function createPorts() {
  let count = 0;
  const random = { bytes: (size: number) => new Uint8Array(size).fill(++count) };
  const register = createMemoryClaimRegister();
  return { register, random };
}

type Ports = ReturnType<typeof createPorts>;

async function evmClaim(ports: Ports, expected = ours): Promise<OwnershipClaim> {
  const challenge = await issueChallenge({ chain: EVM, address: evmAddress }, expected, ports);
  return { challenge, method: "eip191", signature: await account.signMessage({ message: challenge }) };
}

async function bitcoinClaim(ports: Ports): Promise<OwnershipClaim> {
  const challenge = await issueChallenge({ chain: BITCOIN, address: bitcoinAddress }, ours, ports);
  return { challenge, method: "bip322", signature: signBip322("p2wpkh", key, challenge) };
}

describe("ownership", () => {
  it("of a Bitcoin address by BIP-322, of an EVM address by a signed text and by typed data", async () => {
    const ports = createPorts();
    expect(await registerClaim(await bitcoinClaim(ports), ours, ports)).toMatchObject({
      method: "bip322",
      challenge: { address: bitcoinAddress, blockHeight: 900_000 },
    });
    expect(await registerClaim(await evmClaim(ports), ours, ports)).toMatchObject({ method: "eip191" });

    const again = createPorts();
    const challenge = await issueChallenge({ chain: EVM, address: account.address }, ours, again);
    const signature = await account.signTypedData(typedChallenge(textToChallenge(challenge)));
    const claim: OwnershipClaim = { challenge, method: "eip712", signature };
    expect(await registerClaim(claim, ours, again)).toMatchObject({ challenge: { address: evmAddress } });
  });

  it("OWNERSHIP_SIGNATURE_INVALID, or a contract wallet accepts at the challenge's block", async () => {
    const ports = createPorts();
    const challenge = await issueChallenge({ chain: EVM, address: evmAddress }, ours, ports);
    const asked: unknown[] = [];
    const wallets = (answer: boolean): ContractWallets => ({
      async isValidSignature(question) {
        asked.push(question);
        return answer;
      },
    });
    const claim: OwnershipClaim = { challenge, method: "eip1271", signature: "0x1234" };
    await expect(registerClaim(claim, ours, { ...ports, wallets: wallets(false) })).rejects.toEqual(
      refusal("OWNERSHIP_SIGNATURE_INVALID: the contract wallet does not accept the signature"),
    );
    await registerClaim(claim, ours, { ...ports, wallets: wallets(true) });
    expect(asked.at(-1)).toMatchObject({
      chainId: 1,
      address: evmAddress,
      signature: "0x1234",
      blockHeight: 24_000_000,
    });
  });

  it("CHALLENGE_REFUSED: signed for another custodian", async () => {
    const ports = createPorts();
    const theirs = await evmClaim(ports, { ...ours, custodian: "other.example" });
    await expect(registerClaim(theirs, ours, ports)).rejects.toEqual(
      refusal("CHALLENGE_REFUSED: another custodian's challenge"),
    );
  });

  it("CHALLENGE_REFUSED: last month's signature", async () => {
    const ports = createPorts();
    const old = await evmClaim(ports, { ...ours, snapshotId: snapshot("00") });
    await expect(registerClaim(old, ours, ports)).rejects.toEqual(
      refusal("CHALLENGE_REFUSED: another snapshot's challenge"),
    );
  });

  it("CHALLENGE_REFUSED: of another height, or of an excluded chain", async () => {
    const ports = createPorts();
    const earlier = await evmClaim(ports, { ...ours, blockHeights: { [EVM]: 1 } });
    await expect(registerClaim(earlier, ours, ports)).rejects.toEqual(
      refusal("CHALLENGE_REFUSED: block height or chain not in the snapshot"),
    );
    await expect(issueChallenge({ chain: "eip155:5", address: evmAddress }, ours, ports)).rejects.toEqual(
      refusal("CHALLENGE_REFUSED: block height or chain not in the snapshot"),
    );
  });

  it("CHALLENGE_REFUSED: no challenge for an unknown chain", async () => {
    await expect(
      issueChallenge({ chain: "bip122:x", address: evmAddress }, ours, createPorts()),
    ).rejects.toEqual(refusal("CHALLENGE_REFUSED: malformed"));
  });

  it("CHALLENGE_REFUSED: a challenge written by the holder, or moved to another address", async () => {
    const ports = createPorts();
    const own = textToChallenge((await evmClaim(createPorts())).challenge);
    const challenge = challengeToText({ ...own, nonce: snapshot("ee") });
    const claim: OwnershipClaim = {
      challenge,
      method: "eip191",
      signature: await account.signMessage({ message: challenge }),
    };
    await expect(registerClaim(claim, ours, ports)).rejects.toEqual(
      refusal("CHALLENGE_REFUSED: not issued for this address"),
    );
    const given = await issueChallenge({ chain: EVM, address: `0x${"22".repeat(20)}` }, ours, ports);
    const moved = challengeToText({ ...textToChallenge(given), address: evmAddress });
    const stolen: OwnershipClaim = {
      challenge: moved,
      method: "eip191",
      signature: await account.signMessage({ message: moved }),
    };
    await expect(registerClaim(stolen, ours, ports)).rejects.toEqual(
      refusal("CHALLENGE_REFUSED: not issued for this address"),
    );
  });

  it("CHALLENGE_REFUSED: one answer submitted twice", async () => {
    const ports = createPorts();
    const claim = await evmClaim(ports);
    await registerClaim(claim, ours, ports);
    await expect(registerClaim(claim, ours, ports)).rejects.toEqual(
      refusal("CHALLENGE_REFUSED: answered already"),
    );
  });

  it("ADDRESS_CLAIMED_TWICE: two challenges for one address in one snapshot", async () => {
    const ports = createPorts();
    const claims = [await evmClaim(ports), await evmClaim(ports)];
    await registerClaim(claims[0] as OwnershipClaim, ours, ports);
    await expect(registerClaim(claims[1] as OwnershipClaim, ours, ports)).rejects.toEqual(
      refusal("ADDRESS_CLAIMED_TWICE"),
    );
  });

  it("ADDRESS_CLAIMED_BY_ANOTHER: shared by two custodians", async () => {
    const ports = createPorts();
    const theirs = { ...ours, custodian: "other.example" };
    await registerClaim(await evmClaim(ports), ours, ports);
    const claim = await evmClaim(ports, theirs);
    await expect(registerClaim(claim, theirs, ports)).rejects.toEqual(refusal("ADDRESS_CLAIMED_BY_ANOTHER"));
  });

  it("an address needs a claim for each snapshot", async () => {
    const ports = createPorts();
    await registerClaim(await evmClaim(ports), ours, ports);
    const next = { ...ours, snapshotId: snapshot("02") };
    const { challenge } = await registerClaim(await evmClaim(ports, next), next, ports);
    expect(challenge.snapshotId).toBe(snapshot("02"));
  });

  it("OWNERSHIP_SIGNATURE_INVALID: another key", async () => {
    const ports = createPorts();
    const claim = await evmClaim(ports);
    const other = privateKeyToAccount(`0x${"08".repeat(32)}`);
    const signature = await other.signMessage({ message: claim.challenge });
    for (const method of ["eip191", "eip712"] as const)
      await expect(registerClaim({ ...claim, method, signature }, ours, ports)).rejects.toEqual(
        refusal("OWNERSHIP_SIGNATURE_INVALID: another address signed the challenge"),
      );
  });

  it("OWNERSHIP_SIGNATURE_INVALID: an address that anyone, or anyone with a secret, can spend", async () => {
    const secret = new TextEncoder().encode("secret");
    const scripts = [
      { script: Uint8Array.of(0x51), witness: [] },
      {
        script: concatBytes(Uint8Array.of(0xa8, 32), sha256(secret), Uint8Array.of(0x87)),
        witness: [secret],
      },
    ];
    for (const { script, witness } of scripts) {
      const ports = createPorts();
      const address = bech32.encode("bc", [0, ...bech32.toWords(sha256(script))]);
      const challenge = await issueChallenge({ chain: BITCOIN, address }, ours, ports);
      const signature = `smp${base64.encode(list([...witness, script].map(varBytes)))}`;
      const claim: OwnershipClaim = { challenge, method: "bip322", signature };
      await expect(registerClaim(claim, ours, ports)).rejects.toEqual(
        refusal("OWNERSHIP_SIGNATURE_INVALID: the address requires no signature"),
      );
    }
  });

  it("OWNERSHIP_SIGNATURE_INVALID: a key that can spend only later", async () => {
    const ports = createPorts();
    const challenge = await issueChallenge({ chain: BITCOIN, address: bitcoinAddress }, ours, ports);
    const claimAt = (lockTime: number): OwnershipClaim => ({
      challenge,
      method: "bip322",
      signature: signBip322("p2wpkh", key, challenge, lockTime),
    });
    const locked = refusal("OWNERSHIP_SIGNATURE_INVALID: the keys cannot move the coins yet");
    await expect(registerClaim(claimAt(900_001), ours, ports)).rejects.toEqual(locked);
    await expect(registerClaim(claimAt(1_790_000_000), ours, ports)).rejects.toEqual(locked);
    const timed = { ...ours, timeMs: 1_789_999_999_999 };
    await expect(registerClaim(claimAt(1_790_000_000), timed, ports)).rejects.toEqual(locked);
    const later = { ...ours, timeMs: 1_790_000_000_000 };
    expect(await registerClaim(claimAt(1_790_000_000), later, ports)).toMatchObject({
      lockTime: 1_790_000_000,
    });
  });

  it("OWNERSHIP_SIGNATURE_INVALID: a signature scheme of another chain, or a contract without nodes", async () => {
    const ports = createPorts();
    const [evm, bitcoin] = [await evmClaim(ports), await bitcoinClaim(ports)];
    for (const claim of [
      { ...evm, method: "bip322" },
      { ...bitcoin, method: "eip191" },
      { ...evm, method: "eip1271" },
    ] as OwnershipClaim[])
      await expect(registerClaim(claim, ours, ports)).rejects.toEqual(
        refusal("OWNERSHIP_SIGNATURE_INVALID: the method does not match the address's chain"),
      );
    expect(() => typedChallenge(textToChallenge(bitcoin.challenge))).toThrowError(
      refusal("OWNERSHIP_SIGNATURE_INVALID: the method does not match the address's chain"),
    );
  });

  it.each(["", "0x", "0x1234", `0x${"ff".repeat(65)}`, `0x${"00".repeat(65)}`, `0x${"11".repeat(64)}1d`])(
    "OWNERSHIP_SIGNATURE_INVALID: %s",
    async (signature) => {
      const ports = createPorts();
      const claim = await evmClaim(ports);
      await expect(registerClaim({ ...claim, signature }, ours, ports)).rejects.toEqual(
        refusal("OWNERSHIP_SIGNATURE_INVALID: not an EVM signature"),
      );
    },
  );

  it("OWNERSHIP_SIGNATURE_INVALID: the malleated signature", async () => {
    const ports = createPorts();
    const claim = await evmClaim(ports);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = order - BigInt(`0x${claim.signature.slice(66, 130)}`);
    const v = claim.signature.endsWith("1b") ? "1c" : "1b";
    const signature = `${claim.signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${v}`;
    await expect(registerClaim({ ...claim, signature }, ours, ports)).rejects.toEqual(
      refusal("OWNERSHIP_SIGNATURE_INVALID: not an EVM signature"),
    );
  });

  it("CHAIN_ADDRESS_INVALID: no challenge for an invalid address or a wrong checksum", async () => {
    const wrong = account.address.replace(/[a-f]/, (letter) => letter.toUpperCase());
    for (const address of ["0x12", wrong, evmAddress.toUpperCase()])
      await expect(issueChallenge({ chain: EVM, address }, ours, createPorts())).rejects.toEqual(
        refusal("CHAIN_ADDRESS_INVALID: not an EVM address"),
      );
  });
});
