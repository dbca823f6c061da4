import { isHex, isTrellisError } from "@trellis/base";
import { normalizeBitcoinAddress } from "../bitcoin/address.ts";
import { type Chain, type ChainId, parseChainId } from "../chainId.ts";
import { assetsErrors } from "../errors.ts";
import { normalizeEvmAddress } from "../evm/evmAddress.ts";
import type { Challenge } from "./Challenge.ts";

const TITLE = "Trellis proof of reserves";
const VERSION = "1";
const FIRST_LINE = /^Trellis proof of reserves, version ([0-9]{1,4})$/;
const FIELDS = ["custodian", "snapshot", "chain", "block", "address", "nonce"] as const;
const LINE = /^([a-z]+): (\S+)$/;
const CUSTODIAN = /^[\x21-\x7e]{1,255}$/;
const HEIGHT = /^(?:0|[1-9][0-9]{0,15})$/;
const LENGTH_MAX = 2000;

/** Canonical text; other spellings are rejected. @throws CHALLENGE_REFUSED */
export function challengeToText(challenge: Challenge): string {
  const { custodian, snapshotId, chain, blockHeight, address, nonce } = challenge;
  const values = [custodian, snapshotId, chain, String(blockHeight), address, nonce];
  const lines = FIELDS.map((field, index) => `${field}: ${values[index]}`);
  const text = [`${TITLE}, version ${VERSION}`, ...lines].join("\n");
  textToChallenge(text);
  return text;
}

/** @throws CHALLENGE_REFUSED */
export function textToChallenge(text: string): Challenge {
  if (text.length > LENGTH_MAX) throw malformed("length");
  const [first = "", ...lines] = text.split("\n");
  const [, version] = FIRST_LINE.exec(first) ?? [];
  if (version === undefined) throw malformed("title");
  if (version !== VERSION) throw assetsErrors.CHALLENGE_REFUSED({ reason: "unknown version", version });
  if (lines.length !== FIELDS.length) throw malformed("lines");
  const [custodian, snapshot, chainText, block, address, nonce] = FIELDS.map((field, index) => {
    const [, name, value] = LINE.exec(lines[index] as string) ?? [];
    if (name !== field || value === undefined) throw malformed(field);
    return value;
  }) as [string, string, string, string, string, string];

  const chain = parseChainId(chainText);
  const blockHeight = Number(block);
  if (!CUSTODIAN.test(custodian)) throw malformed("custodian");
  if (!isLowerHex(snapshot)) throw malformed("snapshot");
  if (chain === undefined) throw malformed("chain");
  if (!HEIGHT.test(block) || !Number.isSafeInteger(blockHeight)) throw malformed("block");
  if (normalizeAddress(address, chain) !== address) throw malformed("address");
  if (!isLowerHex(nonce)) throw malformed("nonce");
  return { custodian, snapshotId: snapshot, chain: chainText as ChainId, blockHeight, address, nonce };
}

/** @throws CHAIN_ADDRESS_INVALID */
export function normalizeChainAddress(address: string, chain: Chain): string {
  return chain.kind === "evm"
    ? normalizeEvmAddress(address)
    : normalizeBitcoinAddress(address, chain.network);
}

function normalizeAddress(address: string, chain: Chain): string {
  try {
    return normalizeChainAddress(address, chain);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    throw assetsErrors.CHALLENGE_REFUSED({ reason: "malformed", field: "address" }, error);
  }
}

function isLowerHex(text: string): text is `0x${string}` {
  return isHex(text, 32) && text === text.toLowerCase();
}

function malformed(field: string) {
  return assetsErrors.CHALLENGE_REFUSED({ reason: "malformed", field });
}
