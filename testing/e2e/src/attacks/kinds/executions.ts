import { bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import {
  blsProvePossession,
  blsPublicKey,
  blsSecretFromSeed,
  keccak256,
  mlDsa44,
  sha256,
} from "@trellis/crypto";
import type { Attack, AttackTarget } from "../Attack.ts";
import { code, deploying, deployingJumpdests, loop, push } from "../bytecode.ts";
import { HALF_BLOCK_GAS, sleep, Wallet } from "../Wallet.ts";

const LARGE_CONTRACTS = 150;
const OWNER_OF_LARGE = 9;
const DEPLOY_GAS = 6_000_000n;
const AT_ONCE = 6;

async function callsOf(wallet: Wallet, runtime: Hex, gasLimit: bigint): Promise<() => Promise<never>> {
  const [to] = await wallet.deploy([deploying(runtime)], DEPLOY_GAS);
  return () => wallet.flood({ to: to!, gasLimit }, AT_ONCE);
}

function overLargeContracts(title: string, gasLimit: bigint, body: (address: string) => string): Attack {
  return {
    title,
    async prepare({ url, firstAccount }: AttackTarget) {
      const wallet = await Wallet.open(url, firstAccount);
      const large = await largeContracts(url);
      return callsOf(wallet, loop(large.map((address) => body(address.slice(2))).join("")), gasLimit);
    },
  };
}

async function largeContracts(url: string): Promise<readonly Hex[]> {
  const owner = await Wallet.open(url, OWNER_OF_LARGE);
  const missing = Math.max(0, LARGE_CONTRACTS - owner.nonce);
  await owner.deploy(Array<Hex>(missing).fill(deployingJumpdests()), DEPLOY_GAS);
  return Array.from({ length: LARGE_CONTRACTS }, (_, nonce) => owner.contractAt(nonce));
}

function running(title: string, body: string, before = "", gasLimit = HALF_BLOCK_GAS): Attack {
  return {
    title,
    prepare: async ({ url, firstAccount }) =>
      callsOf(await Wallet.open(url, firstAccount), loop(body, before), gasLimit),
  };
}

/** Stores the input as a contract's code. @param change bytecode that changes the input before each call */
function precompile(title: string, id: number, input: () => Uint8Array, gas: string, change = ""): Attack {
  return {
    title,
    async prepare({ url, firstAccount }) {
      const wallet = await Wallet.open(url, firstAccount);
      const bytes = input();
      const [data] = await wallet.deploy([deploying(bytesToHex(bytes))], DEPLOY_GAS);
      // EXTCODECOPY(data, 0, 0, length) once; STATICCALL(gas, id, 0, length, 0, 0), POP
      const before = `${push(bytes.length)}5f5f73${data!.slice(2)}3c`;
      const body = `${change}5f5f${push(bytes.length)}5f${push(id)}${gas}fa50`;
      return callsOf(wallet, loop(body, before), HALF_BLOCK_GAS);
    },
  };
}

const word = (digits: string): Uint8Array => hexToBytes(`0x${digits.padStart(64, "0")}`);
const G1_BN254 = concatBytes(word("1"), word("2"));
/** EIP-197 */
const G2_BN254 = hexToBytes(
  "0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
);
const G1_BLS = hexToBytes(
  "0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
);
const ALL_GAS = "5a";

/**
 * Opens the constant polynomial 1 at 2, with the proof at infinity. Only the pairing detects a wrong value or
 * proof.
 */
function openedPolynomial(value: string, proof: Uint8Array): Uint8Array {
  const versionedHash = Uint8Array.from(sha256(G1_BLS));
  versionedHash[0] = 1;
  return concatBytes(versionedHash, word("2"), word(value), G1_BLS, proof);
}

function signedMessage(): Uint8Array {
  const [message, seed] = [new Uint8Array(32).fill(5), new Uint8Array(32).fill(1)];
  return concatBytes(message, mlDsa44.sign(message, seed), mlDsa44.publicKeyFromSeed(seed));
}

function possession(): Uint8Array {
  const secret = blsSecretFromSeed(new Uint8Array(32).fill(3));
  const owner = new Uint8Array(20).fill(4);
  return concatBytes(blsPublicKey(secret), blsProvePossession(secret, owner), owner);
}

const noGasCall = (address: string): string => `5f5f5f5f5f73${address}5ff150`;
const wholeCopy = (address: string): string => `6160005f5f73${address}3c`;

export const executions: Readonly<Record<string, Attack>> = {
  translation4: overLargeContracts(
    "4 Mgas of calls without gas to 150 large contracts",
    4_000_000n,
    noGasCall,
  ),
  translation15: overLargeContracts(
    "15 Mgas of calls without gas to 150 large contracts",
    HALF_BLOCK_GAS,
    noGasCall,
  ),
  codeCopies: overLargeContracts("EXTCODECOPY of 150 large contracts", HALF_BLOCK_GAS, wholeCopy),
  creations: running(
    "creations with 49,152 bytes of init code",
    // GAS makes each init code unique; MSTORE(49,120, GAS), CREATE(0, 0, 49,152), POP
    `5a${push(49_120)}52${push(49_152)}5f5ff050`,
    // Writes 49,152 jump destinations by doubling a word with MCOPY.
    `7f${"5b".repeat(32)}5f52${[5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((bits) => `${push(2 ** bits)}5f${push(2 ** bits)}5e`).join("")}${push(16_384)}5f${push(32_768)}5e`,
  ),
  storage: running("SSTORE of new slots", "5a5a55"),
  hashes: running("KECCAK256 of 32 bytes", "60205f2050".repeat(40)),
  pointEvaluation: precompile(
    "point evaluations that fail",
    0x0a,
    () => openedPolynomial("3", G1_BLS),
    push(50_000),
  ),
  validPointEvaluation: precompile(
    "point evaluations that succeed",
    0x0a,
    () => openedPolynomial("1", concatBytes(Uint8Array.of(0xc0), new Uint8Array(47))),
    ALL_GAS,
  ),
  pairing: precompile("pairings", 0x08, () => concatBytes(G1_BN254, G2_BN254, G1_BN254, G2_BN254), ALL_GAS),
  multiplication: precompile(
    "multiplications on bn254",
    0x07,
    () => concatBytes(G1_BN254, new Uint8Array(32).fill(0xfd)),
    ALL_GAS,
  ),
  newMultiplications: precompile(
    "multiplications on bn254 by a new number each",
    0x07,
    () => concatBytes(G1_BN254, new Uint8Array(32)),
    ALL_GAS,
    // GAS, NOT, PUSH1 64, MSTORE
    "5a19604052",
  ),
  blake2f: precompile(
    "BLAKE2f of a million rounds",
    0x09,
    () => concatBytes(hexToBytes("0x000f4240"), keccakBytes(208), Uint8Array.of(1)),
    ALL_GAS,
  ),
  possession: precompile("proofs of possession", 0x13, possession, ALL_GAS),
  mlDsa: precompile("ML-DSA verifications", 0x12, signedMessage, ALL_GAS),
  accessLists: {
    title: "transactions with long access lists",
    async prepare({ url, firstAccount }) {
      const wallet = await Wallet.open(url, firstAccount);
      const accessList = Array.from({ length: 1_500 }, (_, index) => ({
        address: bytesToHex(keccak256(word(index.toString(16))).subarray(12)),
        storageKeys: [],
      }));
      return () => wallet.flood({ accessList, gasLimit: 4_000_000n }, 20);
    },
  },
  replacements: {
    title: "replacements of one transaction",
    async prepare({ url, firstAccount }) {
      const wallets = await Promise.all([0, 1, 2].map((index) => Wallet.open(url, firstAccount + index)));
      return () => Promise.all(wallets.map(replaceForGood));
    },
  },
  dust: {
    title: "transfers of nothing at full speed",
    async prepare({ url, firstAccount }) {
      const wallets = await Promise.all([0, 1, 2, 3].map((index) => Wallet.open(url, firstAccount + index)));
      return () => Promise.all(wallets.map((wallet) => wallet.flood({}, 500)));
    },
  },
};

/** The nonce gap excludes the transaction from blocks. */
async function replaceForGood(wallet: Wallet): Promise<never> {
  const nonce = wallet.nonce + 1;
  for (let tip = 10n ** 9n; ; tip += tip / 8n + 1n) {
    if (tip > 10n ** 12n) tip = 10n ** 9n;
    wallet.nonce = nonce;
    await wallet.send({ maxPriorityFeePerGas: tip, maxFeePerGas: 10n * tip }).catch(() => sleep(5));
  }
}

function keccakBytes(length: number): Uint8Array {
  const parts = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    keccak256(word(index.toString(16))),
  );
  return concatBytes(...parts).subarray(0, length);
}

export const HEAVY: Hex = loop("620100005f2050");
/** Code of about 500 bytes that uses all gas for point evaluations. */
export const SLOW: Hex = slowCode();

function slowCode(): Hex {
  const input = openedPolynomial("3", G1_BLS);
  const runs = (start: number): Hex => {
    const before = `${push(input.length)}61${start.toString(16).padStart(4, "0")}5f39`;
    return loop(`5f5f${push(input.length)}5f${push(0x0a)}${push(50_000)}fa50`, before);
  };
  const start = hexToBytes(runs(0)).length;
  return code(runs(start).slice(2), bytesToHex(input).slice(2));
}
