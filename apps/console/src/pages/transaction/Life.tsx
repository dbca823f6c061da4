import type { Hex } from "viem";
import { countText, toNumber } from "../../format/units.ts";
import type { FinalityJson, TransactionStatusJson } from "../../live/chainTypes.ts";
import type { DagBlockJson } from "../../live/DagBlock.ts";
import { useLiveRpc } from "../../live/node.ts";
import { Ago, Badge, BlockLink, Card, Fact, Facts } from "../../ui/primitives.tsx";
import { Steps } from "../../ui/Steps.tsx";

const STEPS = ["pending", "included", "accepted", "finalized"] as const;

export function Life({ status }: { readonly status: TransactionStatusJson }) {
  const reached = status.kind === "skipped" ? 1 : STEPS.indexOf(status.kind as (typeof STEPS)[number]);
  return (
    <Card title="Status">
      <Steps steps={STEPS} reached={reached} />
      <Facts>
        {status.kind === "pending" && <Fact name="Progress">in the mempool, not in a block yet</Fact>}
        {status.carriers !== undefined && (
          <Fact name={`Included in blocks (${status.carriers.length})`}>
            {status.carriers.map((carrier) => (
              <Carrier key={carrier} hash={carrier} />
            ))}
          </Fact>
        )}
        {status.kind === "included" && <Fact name="Progress">not merged by a chain block yet</Fact>}
        {status.reason !== undefined && (
          <Fact name="Skipped">{status.reason.toLowerCase().replaceAll("_", " ")}</Fact>
        )}
        {status.blockHash !== undefined && (
          <Fact name="Accepted by">
            <BlockLink hash={status.blockHash}>
              chain block {countText(toNumber(status.blockNumber))}
            </BlockLink>
            , {countText(status.confirmations ?? 0)} confirmations
          </Fact>
        )}
        {(status.kind === "accepted" || status.kind === "finalized") && <Final status={status} />}
      </Facts>
    </Card>
  );
}

function Carrier({ hash }: { readonly hash: Hex }) {
  const block = useLiveRpc<DagBlockJson | null>("trellis_getDagBlock", [hash]);
  return (
    <span className="carrier">
      <BlockLink hash={hash} />
      {block.data && (
        <>
          <Badge tone={block.data.isChainBlock ? "good" : block.data.color === "red" ? "bad" : "info"}>
            {block.data.isChainBlock ? "selected chain" : (block.data.color ?? "not merged yet")}
          </Badge>{" "}
          <Ago ms={toNumber(block.data.timestampMs)} />
        </>
      )}
    </span>
  );
}

function Final({ status }: { readonly status: TransactionStatusJson }) {
  const finality = useLiveRpc<FinalityJson | null>("trellis_getFinality");
  const newest = finality.data?.finalized;
  if (newest === undefined) return null;
  const text = `checkpoint ${countText(newest.height)} is at chain block ${countText(toNumber(newest.number))}`;
  return (
    <Fact name="Finality">
      {status.kind === "finalized" ? "final" : "not final yet"}: <span className="soft">{text}</span>
    </Fact>
  );
}
