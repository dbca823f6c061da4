import { bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { DETERMINISTIC_DEPLOYER_ADDRESS, DemoToken } from "@trellis/contracts/reserves";
import { encodeDeployData, getCreate2Address } from "viem/utils";
import { CUSTODIAN_ADDRESS, DEMO_ASSETS, DEMO_TOKENS, type DemoAsset, reserveOf } from "./demoCustodian.ts";

interface PlacedToken {
  readonly asset: DemoAsset;
  /** CREATE2 address in lower case. */
  readonly address: Hex;
  readonly deployment: { readonly to: Hex; readonly data: Hex };
}

const SALT = new Uint8Array(32);

export function demoTokens(): readonly PlacedToken[] {
  return DEMO_TOKENS.map((asset) => {
    const initCode = encodeDeployData({
      abi: DemoToken.abi,
      bytecode: DemoToken.bytecode as Hex,
      args: [asset.name, asset.id, asset.decimals, CUSTODIAN_ADDRESS, reserveOf(DEMO_ASSETS.indexOf(asset))],
    });
    const from = DETERMINISTIC_DEPLOYER_ADDRESS;
    const address = getCreate2Address({ from, salt: bytesToHex(SALT), bytecode: initCode });
    return {
      asset,
      address: address.toLowerCase() as Hex,
      deployment: { to: from, data: bytesToHex(concatBytes(SALT, hexToBytes(initCode))) },
    };
  });
}
