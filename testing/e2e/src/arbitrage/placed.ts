import { bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { create2Address, DETERMINISTIC_DEPLOYER_ADDRESS } from "@trellis/contracts/arbitrage";
import { keccak256 } from "@trellis/crypto";
import { TOKENS } from "@trellis/market";
import { type Abi, encodeDeployData, encodeFunctionData } from "viem";

export function placed(abi: Abi, bytecode: Hex, args: readonly unknown[], salt = 9) {
  const code = hexToBytes(encodeDeployData({ abi, bytecode, args }));
  const saltBytes = new Uint8Array(32).fill(salt);
  return {
    address: create2Address(DETERMINISTIC_DEPLOYER_ADDRESS, saltBytes, keccak256(code)),
    deployment: { to: DETERMINISTIC_DEPLOYER_ADDRESS, data: bytesToHex(concatBytes(saltBytes, code)) },
  };
}

export const call = (to: Hex, abi: Abi, functionName: string, args: readonly unknown[]) => ({
  to,
  data: encodeFunctionData({ abi, functionName, args }),
});
export const mint = (token: Hex, to: Hex, amount: bigint) =>
  call(token, TOKENS.PlainToken.abi, "mint", [to, amount]);
