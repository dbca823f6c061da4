import { bech32, bech32m, createBase58check } from "@scure/base";
import { concatBytes } from "@trellis/base";
import { assetsErrors } from "../errors.ts";
import { sha256 } from "./hashes.ts";

export type BitcoinNetwork = "mainnet" | "testnet" | "regtest";

interface AddressPrefixes {
  readonly human: string;
  readonly p2pkh: number;
  readonly p2sh: number;
}

/** Bitcoin Core, chainparams. Signet and testnet have the same prefixes. */
const PREFIXES: Readonly<Record<BitcoinNetwork, AddressPrefixes>> = {
  mainnet: { human: "bc", p2pkh: 0x00, p2sh: 0x05 },
  testnet: { human: "tb", p2pkh: 0x6f, p2sh: 0xc4 },
  regtest: { human: "bcrt", p2pkh: 0x6f, p2sh: 0xc4 },
};

const base58check = createBase58check(sha256);
const ADDRESS_LENGTH_MAX = 90;
const HASH_SIZE = 20;

/** Decodes base58check, or BIP-173 and BIP-350 for segwit. @throws CHAIN_ADDRESS_INVALID */
export function addressToScript(address: string, network: BitcoinNetwork = "mainnet"): Uint8Array {
  const prefixes = PREFIXES[network];
  if (address.length > ADDRESS_LENGTH_MAX) throw invalid(address, network);
  const script = address.toLowerCase().startsWith(`${prefixes.human}1`)
    ? segwitScript(address, prefixes)
    : legacyScript(address, prefixes);
  if (script === undefined) throw invalid(address, network);
  return script;
}

/** Canonical form, so that an address can be claimed only once. @throws CHAIN_ADDRESS_INVALID */
export function normalizeBitcoinAddress(address: string, network: BitcoinNetwork = "mainnet"): string {
  addressToScript(address, network);
  return address.toLowerCase().startsWith(`${PREFIXES[network].human}1`) ? address.toLowerCase() : address;
}

function segwitScript(address: string, { human }: AddressPrefixes): Uint8Array | undefined {
  for (const coder of [bech32, bech32m]) {
    const decoded = coder.decodeUnsafe(address);
    if (decoded === undefined || decoded.prefix !== human) continue;
    const [version, ...words] = decoded.words;
    const program = coder.fromWordsUnsafe(words);
    if (version === undefined || !(program instanceof Uint8Array)) return undefined;
    // BIP-350: version 0 uses bech32, later versions bech32m.
    if (version > 16 || (version === 0) !== (coder === bech32)) return undefined;
    if (program.length < 2 || program.length > 40) return undefined;
    if (version === 0 && program.length !== 20 && program.length !== 32) return undefined;
    return concatBytes(Uint8Array.of(version === 0 ? 0x00 : 0x50 + version, program.length), program);
  }
  return undefined;
}

function legacyScript(address: string, { p2pkh, p2sh }: AddressPrefixes): Uint8Array | undefined {
  const decoded = decodeBase58(address);
  if (decoded?.length !== 1 + HASH_SIZE) return undefined;
  const hash = decoded.subarray(1);
  if (decoded[0] === p2pkh)
    return concatBytes(Uint8Array.of(0x76, 0xa9, 20), hash, Uint8Array.of(0x88, 0xac));
  if (decoded[0] === p2sh) return concatBytes(Uint8Array.of(0xa9, 20), hash, Uint8Array.of(0x87));
  return undefined;
}

function decodeBase58(address: string): Uint8Array | undefined {
  try {
    return base58check.decode(address);
  } catch {
    return undefined;
  }
}

function invalid(address: string, network: BitcoinNetwork) {
  return assetsErrors.CHAIN_ADDRESS_INVALID({
    reason: "not a Bitcoin address of this network",
    address: address.slice(0, ADDRESS_LENGTH_MAX),
    network,
  });
}
