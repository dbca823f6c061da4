import { bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { ReservesRegistry } from "../../generated/ReservesRegistry.ts";
import { DETERMINISTIC_DEPLOYER_ADDRESS } from "../addresses.ts";

export { ReservesRegistry };

/** Nobody chose it: the first salt there is. */
const SALT = new Uint8Array(32);

/**
 * The registry's address on every chain that has the deterministic deployer: it follows from the contract's bytecode.
 * [ANCHOR-6]
 */
export const RESERVES_REGISTRY_ADDRESS: Hex = bytesToHex(
  keccak256(
    concatBytes(
      Uint8Array.of(0xff),
      hexToBytes(DETERMINISTIC_DEPLOYER_ADDRESS),
      SALT,
      keccak256(hexToBytes(ReservesRegistry.bytecode)),
    ),
  ).subarray(12),
);

/** The transaction that puts the registry on a chain, whoever sends it; where it stands already, it reverts. */
export const reservesRegistryDeployment: { readonly to: Hex; readonly data: Hex } = {
  to: DETERMINISTIC_DEPLOYER_ADDRESS,
  data: bytesToHex(concatBytes(SALT, hexToBytes(ReservesRegistry.bytecode))),
};
