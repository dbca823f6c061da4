import { BitcoinReader } from "../bitcoin/BitcoinReader.ts";
import {
  type BitcoinOutput,
  type BitcoinTransaction,
  decodeOutput,
  decodeTransaction,
  decodeWitness,
} from "../bitcoin/transaction.ts";
import { assetsErrors } from "../errors.ts";

export interface FinishedPsbt {
  readonly transaction: BitcoinTransaction;
  readonly coins: readonly PsbtCoin[];
}

export interface PsbtCoin {
  readonly nonWitnessUtxo: BitcoinTransaction | undefined;
  readonly witnessUtxo: BitcoinOutput | undefined;
}

const MAGIC = [0x70, 0x73, 0x62, 0x74, 0xff];
const GLOBAL_TRANSACTION = 0x00;
const GLOBAL_VERSION = 0xfb;
const INPUT_NON_WITNESS_UTXO = 0x00;
const INPUT_WITNESS_UTXO = 0x01;
const INPUT_FINAL_SCRIPT_SIG = 0x07;
const INPUT_FINAL_WITNESS = 0x08;

/** Ignores PSBT fields (BIP-174) that the proof does not need. */
export function decodePsbt(bytes: Uint8Array): FinishedPsbt {
  const reader = new BitcoinReader(bytes);
  const magic = reader.take(MAGIC.length);
  if (MAGIC.some((byte, index) => magic[index] !== byte)) throw malformed("magic");
  const global = readMap(reader);
  const unsigned = global.get(GLOBAL_TRANSACTION);
  if (unsigned === undefined || global.has(GLOBAL_VERSION)) throw malformed("version");
  const transaction = decodeTransaction(unsigned);
  const isUnsigned = transaction.inputs.every(
    ({ scriptSig, witness }) => scriptSig.length === 0 && witness.length === 0,
  );
  if (!isUnsigned) throw malformed("unsigned transaction");
  const inputs = transaction.inputs.map((input) => readInput(reader, input));
  for (const _ of transaction.outputs) readMap(reader);
  reader.end();
  return {
    transaction: { ...transaction, inputs: inputs.map(({ input }) => input) },
    coins: inputs.map(({ coin }) => coin),
  };
}

function readInput(reader: BitcoinReader, input: BitcoinTransaction["inputs"][number]) {
  const map = readMap(reader);
  const nonWitness = map.get(INPUT_NON_WITNESS_UTXO);
  const witnessUtxo = map.get(INPUT_WITNESS_UTXO);
  const witness = map.get(INPUT_FINAL_WITNESS);
  const coin: PsbtCoin = {
    nonWitnessUtxo: nonWitness && decodeTransaction(nonWitness),
    witnessUtxo: witnessUtxo && decodeOutput(witnessUtxo),
  };
  return {
    input: {
      ...input,
      scriptSig: map.get(INPUT_FINAL_SCRIPT_SIG) ?? new Uint8Array(0),
      witness: witness === undefined ? [] : decodeWitness(witness),
    },
    coin,
  };
}

function readMap(reader: BitcoinReader): Map<number, Uint8Array> {
  const values = new Map<number, Uint8Array>();
  const seen = new Set<string>();
  for (let key = reader.varBytes(); key.length > 0; key = reader.varBytes()) {
    const name = key.join();
    if (seen.has(name)) throw malformed("duplicate key");
    seen.add(name);
    const value = reader.varBytes();
    if (key.length === 1) values.set(key[0] as number, value);
  }
  return values;
}

function malformed(psbt: string) {
  return assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason: "malformed transaction", psbt });
}
