import { bigintToBytes, bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";

/** EIP-1014 */
export function create2Address(deployer: Hex, salt: Uint8Array, initCodeHash: Uint8Array): Hex {
  const preimage = concatBytes(Uint8Array.of(0xff), hexToBytes(deployer), salt, initCodeHash);
  return bytesToHex(keccak256(preimage).subarray(12));
}

export function pairAddressV2(factory: Hex, initCodeHash: Hex, tokenA: Hex, tokenB: Hex): Hex {
  const salt = keccak256(concatBytes(...sorted(tokenA, tokenB).map(hexToBytes)));
  return create2Address(factory, salt, hexToBytes(initCodeHash));
}

export function poolAddressV3(
  factory: Hex,
  initCodeHash: Hex,
  tokenA: Hex,
  tokenB: Hex,
  feePpm: number,
): Hex {
  const words = [...sorted(tokenA, tokenB).map(BigInt), BigInt(feePpm)];
  const salt = keccak256(concatBytes(...words.map((word) => bigintToBytes(word, 32))));
  return create2Address(factory, salt, hexToBytes(initCodeHash));
}

function sorted(tokenA: Hex, tokenB: Hex): [Hex, Hex] {
  return BigInt(tokenA) < BigInt(tokenB) ? [tokenA, tokenB] : [tokenB, tokenA];
}
