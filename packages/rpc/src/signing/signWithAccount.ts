import { bigintToBytes, bytesToHex, concatBytes, type Hex } from "@trellis/base";
import { keccak256, type Signer } from "@trellis/crypto";
import type { Address } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";
import type { RpcNode } from "../RpcNode.ts";

export function signerOf({ signers }: Pick<RpcNode, "signers">, address: Address | undefined): Signer {
  const signer = address === undefined ? undefined : signers.get(address);
  if (signer === undefined) throw rpcErrors.RPC_NOT_FOUND({ reason: "unknown account", id: address });
  return signer;
}

/** EIP-191, version 0x45: the prefix distinguishes messages from transactions. */
export function personalMessageHash(message: Uint8Array): Uint8Array {
  const prefix = Buffer.from(`\x19Ethereum Signed Message:\n${message.length}`, "utf8");
  return keccak256(concatBytes(prefix, message));
}

/** 65 bytes: r, s and v (27 or 28). */
export async function signHash(signer: Signer, hash: Uint8Array): Promise<Hex> {
  const { r, s, yParity } = await signer.signHash(hash);
  return bytesToHex(concatBytes(bigintToBytes(r, 32), bigintToBytes(s, 32), Uint8Array.of(27 + yParity)));
}
