import { bytesEqual, bytesToHex, type Facts, type Hex, type TrellisError } from "@trellis/base";
import { addressToScript, type BitcoinNetwork } from "../bitcoin/address.ts";
import { SignatureCounter } from "../bitcoin/SignatureCounter.ts";
import { OP, outputKind } from "../bitcoin/script.ts";
import {
  type BitcoinInput,
  type BitcoinOutput,
  type BitcoinTransaction,
  encodeOutpoint,
  txidOf,
} from "../bitcoin/transaction.ts";
import { verifyInput } from "../bitcoin/verifyInput.ts";
import { assetsErrors } from "../errors.ts";
import type { PsbtCoin } from "./decodePsbt.ts";
import { type Bip322Signature, decodeSignature } from "./decodeSignature.ts";
import { createToSign, createToSpend } from "./virtualTransactions.ts";

export interface Bip322Claim {
  readonly address: string;
  readonly message: string;
  /** Base64 after `smp`, `ful` or `pof`. */
  readonly signature: string;
  readonly network?: BitcoinNetwork;
}

/** BIP-322's "valid at time T and age S", and the coins of a proof of funds. */
export interface Bip322Verdict {
  readonly format: Bip322Signature["format"];
  /** Zero if the script requires no key. */
  readonly signatureCount: number;
  /** BIP-322's time T. */
  readonly lockTime: number;
  /** BIP-322's age S (BIP-68). */
  readonly sequence: number;
  /** Only the chain shows whether the coins are unspent. */
  readonly coins: readonly FundedCoin[];
}

export interface FundedCoin {
  /** Reversed byte order, as displayed. */
  readonly txid: Hex;
  readonly vout: number;
  readonly valueSat: bigint;
  readonly script: Hex;
  readonly signatureCount: number;
}

/**
 * @throws CHAIN_ADDRESS_INVALID, OWNERSHIP_SIGNATURE_INVALID, BITCOIN_SIGNATURE_INVALID; BITCOIN_SCRIPT_UNSUPPORTED is
 * BIP-322's "inconclusive"
 */
export function verifyBip322({
  address,
  message,
  signature,
  network = "mainnet",
}: Bip322Claim): Bip322Verdict {
  const script = addressToScript(address, network);
  const toSpend = createToSpend(message, script);
  const decoded = decodeSignature(signature);
  const toSign = toSignOf(decoded, toSpend);
  checkToSign(toSign, toSpend, decoded.format);

  const virtualCoin = toSpend.outputs[0] as BitcoinOutput;
  const further = decoded.format === "proof-of-funds" ? furtherCoins(toSign, decoded.psbt.coins) : [];
  const coins = [virtualCoin, ...further];
  const counter = new SignatureCounter();
  const signatureCounts = toSign.inputs.map((_, inputIndex) => {
    const before = counter.matched;
    verifyInput({ transaction: toSign, inputIndex, coins, counter });
    return counter.matched - before;
  });

  return {
    format: decoded.format,
    signatureCount: signatureCounts[0] ?? 0,
    lockTime: toSign.lockTime,
    sequence: toSign.inputs[0]?.sequence ?? 0,
    coins: further.map((coin, index) => ({
      ...shown(toSign.inputs[index + 1] as BitcoinInput, coin),
      signatureCount: signatureCounts[index + 1] ?? 0,
    })),
  };
}

function toSignOf(decoded: Bip322Signature, toSpend: BitcoinTransaction): BitcoinTransaction {
  switch (decoded.format) {
    case "simple": {
      // Other outputs need a scriptSig, which a simple signature lacks.
      if (outputKind(toSpend.outputs[0]?.script as Uint8Array).kind !== "witness")
        throw unproved("a simple BIP-322 signature is only for native segwit addresses");
      return createToSign(toSpend, decoded.witness);
    }
    case "full":
      return decoded.transaction;
    case "proof-of-funds":
      return decoded.psbt.transaction;
  }
}

/** Limits quadratic work: each input's hash covers all inputs. */
const FUNDED_INPUTS_MAX = 256;

/** BIP-322, "Verification Process", step 1. */
function checkToSign(
  toSign: BitcoinTransaction,
  toSpend: BitcoinTransaction,
  format: Bip322Signature["format"],
): void {
  const { version, inputs, outputs } = toSign;
  const [first] = inputs;
  const [output] = outputs;
  if (first === undefined || !bytesEqual(first.txid, txidOf(toSpend)) || first.vout !== 0)
    throw unproved("the transaction does not match the message and address", {
      detail: "the first input spends another coin",
    });
  const isReturn = output?.script.length === 1 && output.script[0] === OP.RETURN && output.valueSat === 0n;
  if (outputs.length !== 1 || !isReturn)
    throw unproved("the transaction does not match the message and address", {
      detail: "the output is not OP_RETURN of value zero",
    });
  if (version !== 0 && version !== 2)
    throw unproved("the transaction does not match the message and address", { version });
  const inputsMax = format === "proof-of-funds" ? FUNDED_INPUTS_MAX : 1;
  if (inputs.length > inputsMax)
    throw unproved("the transaction does not match the message and address", {
      inputs: inputs.length,
      inputsMax,
    });
  const outpoints = new Set(inputs.map((input) => bytesToHex(encodeOutpoint(input))));
  if (outpoints.size < inputs.length)
    throw unproved("the transaction does not match the message and address", {
      detail: "a coin is spent twice",
    });
}

function furtherCoins({ inputs }: BitcoinTransaction, given: readonly PsbtCoin[]): BitcoinOutput[] {
  // Later inputs may omit a transaction that an earlier input includes.
  const transactions = new Map<Hex, BitcoinTransaction>();
  return inputs.slice(1).map((input, index) => {
    const { nonWitnessUtxo, witnessUtxo } = given[index + 1] as PsbtCoin;
    if (nonWitnessUtxo !== undefined) transactions.set(bytesToHex(txidOf(nonWitnessUtxo)), nonWitnessUtxo);
    const fromTransaction = transactions.get(bytesToHex(input.txid))?.outputs[input.vout];
    // Before segwit, only the whole transaction proves the value.
    const coin = fromTransaction ?? (isSegwitSpend(input) ? witnessUtxo : undefined);
    if (coin === undefined)
      throw unproved("an input spends a coin that the proof of funds does not show", { input: index + 1 });
    return coin;
  });
}

function isSegwitSpend({ witness }: BitcoinInput): boolean {
  return witness.length > 0;
}

function shown(input: BitcoinInput, coin: BitcoinOutput): Omit<FundedCoin, "signatureCount"> {
  return {
    txid: bytesToHex(input.txid.toReversed()),
    vout: input.vout,
    valueSat: coin.valueSat,
    script: bytesToHex(coin.script),
  };
}

function unproved(reason: string, facts: Facts = {}): TrellisError {
  return assetsErrors.OWNERSHIP_SIGNATURE_INVALID({ reason, ...facts });
}
