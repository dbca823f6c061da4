import { agree, type ChainView, checkQuorum, clientErrors } from "@trellis/client";
import { encodeFunctionData, parseAbi } from "viem/utils";
import type { ContractWallets } from "../ownership/OwnershipClaim.ts";

const ABI = parseAbi(["function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)"]);
/** EIP-1271 magic value. */
const ACCEPTED = `0x1626ba7e${"0".repeat(56)}`;

export function createContractWallets(
  viewsOf: (chainId: number) => readonly ChainView[],
  quorum: number,
): ContractWallets {
  return {
    async isValidSignature({ chainId, address, digest, signature, blockHeight }) {
      const views = viewsOf(chainId);
      checkQuorum(views, quorum);
      const data = encodeFunctionData({
        abi: ABI,
        functionName: "isValidSignature",
        args: [digest, signature],
      });
      const ask = async (view: ChainView): Promise<boolean> => {
        const hash = await view.blockHash(blockHeight);
        if (hash === undefined || (await view.chainId()) !== chainId)
          throw clientErrors.NODE_UNREACHABLE({
            reason: "invalid response",
            node: view.name,
            expected: "block",
          });
        // A revert means an invalid signature.
        return (await view.call(address, data, hash))?.toLowerCase() === ACCEPTED;
      };
      const { value } = await agree(views, quorum, `isValidSignature of ${address}`, ask, String);
      return value;
    },
  };
}
