import { concatBytes } from "@trellis/base";
import { assetsErrors } from "../errors.ts";
import { BitcoinReader } from "./BitcoinReader.ts";
import { list, uint32, uint64, varBytes } from "./encode.ts";
import { doubleSha256 } from "./hashes.ts";

export interface BitcoinInput {
  /** In the hash's byte order; explorers display the reverse. */
  readonly txid: Uint8Array;
  readonly vout: number;
  readonly scriptSig: Uint8Array;
  readonly sequence: number;
  readonly witness: readonly Uint8Array[];
}

export interface BitcoinOutput {
  readonly valueSat: bigint;
  readonly script: Uint8Array;
}

export interface BitcoinTransaction {
  readonly version: number;
  readonly inputs: readonly BitcoinInput[];
  readonly outputs: readonly BitcoinOutput[];
  readonly lockTime: number;
}

/** 21 million coins. */
const VALUE_MAX_SAT = 2_100_000_000_000_000n;

/** Accepts transactions with or without witnesses (BIP-144). */
export function decodeTransaction(bytes: Uint8Array): BitcoinTransaction {
  const reader = new BitcoinReader(bytes);
  const version = reader.u32();
  const hasWitnesses = reader.peek() === 0;
  if (hasWitnesses && (reader.u8() !== 0 || reader.u8() !== 1))
    throw assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason: "malformed transaction", flag: "unknown" });
  const bare = reader.list(() => readInput(reader));
  const outputs = reader.list(() => readOutput(reader));
  const inputs = hasWitnesses
    ? bare.map((input) => ({ ...input, witness: reader.list(() => reader.varBytes()) }))
    : bare;
  const lockTime = reader.u32();
  reader.end();
  // A witness flag without witnesses would be a second encoding.
  if (inputs.length === 0 || (hasWitnesses && inputs.every(({ witness }) => witness.length === 0)))
    throw assetsErrors.BITCOIN_SIGNATURE_INVALID({
      reason: "malformed transaction",
      inputs: inputs.length,
      hasWitnesses,
    });
  return { version, inputs, outputs, lockTime };
}

export function decodeWitness(bytes: Uint8Array): Uint8Array[] {
  const reader = new BitcoinReader(bytes);
  const witness = reader.list(() => reader.varBytes());
  reader.end();
  return witness;
}

export function decodeOutput(bytes: Uint8Array): BitcoinOutput {
  const reader = new BitcoinReader(bytes);
  const output = readOutput(reader);
  reader.end();
  return output;
}

export function encodeBare({ version, inputs, outputs, lockTime }: BitcoinTransaction): Uint8Array {
  return concatBytes(
    uint32(version),
    list(
      inputs.map((input) =>
        concatBytes(encodeOutpoint(input), varBytes(input.scriptSig), uint32(input.sequence)),
      ),
    ),
    list(outputs.map(encodeOutput)),
    uint32(lockTime),
  );
}

export function encodeOutpoint({ txid, vout }: Pick<BitcoinInput, "txid" | "vout">): Uint8Array {
  return concatBytes(txid, uint32(vout));
}

export function encodeOutput({ valueSat, script }: BitcoinOutput): Uint8Array {
  return concatBytes(uint64(valueSat), varBytes(script));
}

export function txidOf(transaction: BitcoinTransaction): Uint8Array {
  return doubleSha256(encodeBare(transaction));
}

function readInput(reader: BitcoinReader): BitcoinInput {
  return {
    txid: reader.take(32),
    vout: reader.u32(),
    scriptSig: reader.varBytes(),
    sequence: reader.u32(),
    witness: [],
  };
}

function readOutput(reader: BitcoinReader): BitcoinOutput {
  const valueSat = reader.u64();
  if (valueSat > VALUE_MAX_SAT)
    throw assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason: "malformed transaction", valueSat });
  return { valueSat, script: reader.varBytes() };
}
