import { bigintToBytes, bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { Arbitrageur } from "../../generated/Arbitrageur.ts";
import { DETERMINISTIC_DEPLOYER_ADDRESS } from "../addresses.ts";
import { create2Address } from "./create2.ts";

export { Arbitrageur };

const SALT = new Uint8Array(32);

/** Same on every chain. [ARB-1] */
export function arbitrageurAddress(owner: Hex): Hex {
  return create2Address(DETERMINISTIC_DEPLOYER_ADDRESS, SALT, keccak256(initCodeOf(owner)));
}

export function arbitrageurDeployment(owner: Hex): { readonly to: Hex; readonly data: Hex } {
  return { to: DETERMINISTIC_DEPLOYER_ADDRESS, data: bytesToHex(concatBytes(SALT, initCodeOf(owner))) };
}

function initCodeOf(owner: Hex): Uint8Array {
  return concatBytes(hexToBytes(Arbitrageur.bytecode), bigintToBytes(BigInt(owner), 32));
}
