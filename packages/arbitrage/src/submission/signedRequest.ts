import { bigintToBytes, bytesToHex, concatBytes } from "@trellis/base";
import { keccak256, type Signer } from "@trellis/crypto";

const encoder = new TextEncoder();

/**
 * Flashbots authentication: address and EIP-191 signature of the body's Keccak-256 in hex. The account needs
 * no funds.
 */
export async function signedRequest(
  signer: Signer,
  body: string,
): Promise<Readonly<Record<"X-Flashbots-Signature", string>>> {
  const text = bytesToHex(keccak256(encoder.encode(body)));
  const message = encoder.encode(`\x19Ethereum Signed Message:\n${text.length}${text}`);
  const { r, s, yParity } = await signer.signHash(keccak256(message));
  const signature = concatBytes(bigintToBytes(r, 32), bigintToBytes(s, 32), Uint8Array.of(27 + yParity));
  return { "X-Flashbots-Signature": `${bytesToHex(signer.address)}:${bytesToHex(signature)}` };
}
