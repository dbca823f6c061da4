import { Link } from "@tanstack/react-router";
import type { Hex } from "viem";
import { keyRegistry } from "../../contracts/keyRegistry.ts";
import { countText, toNumber } from "../../format/units.ts";
import type { HistoryJson, TopicJson, TransactionJson } from "../../live/chainTypes.ts";
import { useContract } from "../../live/contracts.ts";
import { useRpc } from "../../live/node.ts";
import { usePages } from "../../live/usePages.ts";
import { Badge, Fact, HexText, TransactionLink } from "../../ui/primitives.tsx";

const NEVER = 0n;

/** [TX-10] */
export function KeyFacts({ address }: { readonly address: Hex }) {
  const key = useContract(keyRegistry, "keyOf", [address]);
  const isRotated = key.data !== undefined && BigInt(key.data) !== NEVER;
  return (
    <>
      <Fact name="Key">
        {key.data === undefined ? (
          key.error === null ? (
            "…"
          ) : (
            "this chain has no key registry"
          )
        ) : isRotated ? (
          <>
            <Badge tone="info">rotated</Badge> <HexText hex={key.data} label="key ID" />
          </>
        ) : (
          "original key of the address"
        )}
      </Fact>
      <Algorithm address={address} />
      {isRotated && <Rotations address={address} />}
    </>
  );
}

/** The registry stores only key ids, so the algorithm comes from the newest sent transaction. */
function Algorithm({ address }: { readonly address: Hex }) {
  const { items } = usePages<HistoryJson>("trellis_getAddressHistory", [address]);
  const newest = items?.find(({ roles }) => roles.includes("sender"))?.transactionHash;
  const { data } = useRpc<TransactionJson | null>(
    "eth_getTransactionByHash",
    [newest ?? "0x"],
    newest !== undefined,
  );
  if (newest === undefined || !data) return null;
  return (
    <Fact name="Algorithm">
      {data.keyAlgorithmName ?? "ECDSA on secp256k1"}, used in <TransactionLink hash={newest} />
    </Fact>
  );
}

function Rotations({ address }: { readonly address: Hex }) {
  const topic = `0x${address.slice(2).padStart(64, "0")}`;
  const { items } = usePages<TopicJson>("trellis_getLogsByTopic", [topic], [keyRegistry.address]);
  const rotations = items ?? [];
  if (rotations.length === 0) return null;
  return (
    <Fact name={`Rotations (${rotations.length})`}>
      {rotations.map(({ transactionHash, blockNumber, logIndex }) => (
        <span key={`${transactionHash}${logIndex}`} className="carrier">
          <TransactionLink hash={transactionHash} /> in chain block{" "}
          <Link to="/block/$id" params={{ id: String(toNumber(blockNumber)) }}>
            {countText(toNumber(blockNumber))}
          </Link>
        </span>
      ))}
    </Fact>
  );
}
