import { bytesToBigint, hexToBytes, isTrellisError } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import {
  type Account,
  type AccountProof,
  type Address,
  decodeAccount,
  type Hash,
  type StateReader,
} from "@trellis/protocol";
import { verifyProof } from "@trellis/storage";
import { finalityErrors } from "../errors.ts";

/** One account of a state as a proof shows it (EIP-1186): every slot that is read is in the proof and verified. */
export class ProvenStorage implements StateReader {
  readonly #address: Address;
  readonly #account: Account | undefined;
  readonly #storageRoot: Hash;
  readonly #proofs: ReadonlyMap<Hash, readonly Uint8Array[]>;

  /** @throws LIGHT_PROOF_INVALID */
  constructor(stateRoot: Hash, address: Address, proof: AccountProof) {
    this.#address = address;
    const value = checked(() => verifyProof(stateRoot, keccak256(hexToBytes(address)), proof.accountProof));
    if (value === undefined) throw finalityErrors.LIGHT_PROOF_INVALID({ reason: "the account is not there" });
    const { account, storageRoot } = checked(() => decodeAccount(value));
    this.#account = account;
    this.#storageRoot = storageRoot;
    this.#proofs = new Map(proof.storageProofs.map(({ slot, proof: nodes }) => [slot, nodes]));
  }

  account(address: Address): Account | undefined {
    return address === this.#address ? this.#account : undefined;
  }

  /** @throws LIGHT_PROOF_INVALID */
  storage(_address: Address, slot: Hash): bigint {
    const nodes = this.#proofs.get(slot);
    if (nodes === undefined) throw finalityErrors.LIGHT_PROOF_INVALID({ reason: "a slot is missing", slot });
    const value = checked(() => verifyProof(this.#storageRoot, keccak256(hexToBytes(slot)), nodes));
    return value === undefined ? 0n : checked(() => readWord(value));
  }

  code(): Uint8Array {
    throw finalityErrors.LIGHT_PROOF_INVALID({ reason: "a proof has no code" });
  }
}

/** A slot's value as its trie holds it: the RLP of its bytes without leading zeros. */
function readWord(value: Uint8Array): bigint {
  const [first = 0] = value;
  return bytesToBigint(value.length === 1 && first < 0x80 ? value : value.subarray(1));
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    throw finalityErrors.LIGHT_PROOF_INVALID({ reason: error.message }, error);
  }
}
