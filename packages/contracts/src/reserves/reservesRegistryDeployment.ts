import { bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { ReservesRegistry } from "../../generated/ReservesRegistry.ts";
import { DETERMINISTIC_DEPLOYER_ADDRESS } from "../addresses.ts";

export { ReservesRegistry };

const SALT = new Uint8Array(32);

/** Same on every chain. [ANCHOR-6] */
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

export const reservesRegistryDeployment: { readonly to: Hex; readonly data: Hex } = {
  to: DETERMINISTIC_DEPLOYER_ADDRESS,
  data: bytesToHex(concatBytes(SALT, hexToBytes(ReservesRegistry.bytecode))),
};
