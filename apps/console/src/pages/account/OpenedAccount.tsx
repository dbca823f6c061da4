import { createRpcChainClient, openAccount, systemRandom } from "@trellis/client/account";
import { useMemo } from "react";
import type { Hex } from "viem";
import { keyRegistry } from "../../contracts/keyRegistry.ts";
import { useContract } from "../../live/contracts.ts";
import { node, useLiveRpc } from "../../live/node.ts";
import { AddressLink, Badge, Card, Coins, Fact, Facts, HexText } from "../../ui/primitives.tsx";
import type { OpenedKey } from "./keyFiles.ts";
import { RotateForm } from "./RotateForm.tsx";
import { SendForm } from "./SendForm.tsx";

export function OpenedAccount({
  chainId,
  opened,
  onRotated,
  onClose,
}: {
  readonly chainId: number;
  readonly opened: OpenedKey;
  readonly onRotated: (next: OpenedKey) => void;
  readonly onClose: () => void;
}) {
  const { address, key } = opened;
  const account = useMemo(() => {
    const request = (method: string, params: readonly unknown[]) => node.request(method, params);
    const client = createRpcChainClient("node", chainId, request);
    return openAccount({ chainId, address }, { client, key, random: systemRandom });
  }, [chainId, address, key]);
  const balance = useLiveRpc<Hex>("eth_getBalance", [address, "latest"]);
  const registered = useContract(keyRegistry, "keyOf", [address]).data;
  const isOriginal = registered !== undefined && BigInt(registered) === 0n;
  const isReplaced = registered !== undefined && !isOriginal && registered !== account.keyId;
  return (
    <>
      <Card
        title="Account"
        aside={
          <button type="button" onClick={onClose}>
            Close
          </button>
        }
      >
        <Facts>
          <Fact name="Address">
            <AddressLink address={address} isWhole />
          </Fact>
          <Fact name="Balance">{balance.data ? <Coins wei={BigInt(balance.data)} /> : "…"}</Fact>
          <Fact name="Algorithm">{ALGORITHM_NAMES[key.algorithm]}</Fact>
          <Fact name="Key">
            {isReplaced ? (
              <Badge tone="bad">replaced: no longer valid</Badge>
            ) : (
              <Badge tone="good">{isOriginal ? "original key" : "valid"}</Badge>
            )}{" "}
            <HexText hex={account.keyId} label="key ID" />
          </Fact>
          <Fact name="Key file">{opened.name}</Fact>
        </Facts>
      </Card>
      <SendForm opened={opened} account={account} />
      <RotateForm opened={opened} account={account} onRotated={onRotated} />
    </>
  );
}

const ALGORITHM_NAMES = {
  secp256k1: "ECDSA on secp256k1",
  "ml-dsa-44": "ML-DSA-44, post-quantum",
  "ml-dsa-65": "ML-DSA-65, post-quantum",
} as const;
