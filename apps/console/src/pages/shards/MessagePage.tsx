import { useParams } from "@tanstack/react-router";
import type { Hex } from "viem";
import { countText, toNumber } from "../../format/units.ts";
import type { PageJson } from "../../live/chainTypes.ts";
import { useLiveRpc } from "../../live/node.ts";
import {
  AddressLink,
  Badge,
  BlockLink,
  Card,
  Coins,
  Fact,
  Facts,
  HexText,
  MessageLink,
  TransactionLink,
  When,
} from "../../ui/primitives.tsx";
import { Steps } from "../../ui/Steps.tsx";
import { Answered, NoPage } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { MessageStatus, messageColumns } from "./Messages.tsx";
import type { MessageJson, PlaceJson } from "./shardJson.ts";

export const HASH = /^0x[0-9a-f]{64}$/i;
const PAGE_ITEMS = "0x64";

/** The parameter may also be the hash of a transaction that sent or delivered messages. */
export function MessagePage() {
  const { id } = useParams({ strict: false }) as { id: string };
  if (!HASH.test(id))
    return <NoPage title="Invalid message ID">A message ID has 64 hexadecimal digits after 0x.</NoPage>;
  return <Found id={id as Hex} />;
}

function Found({ id }: { readonly id: Hex }) {
  const message = useLiveRpc<MessageJson | null>("trellis_getMessage", [id]);
  return (
    <Answered query={message} what="Loading the message">
      {(found) => (found === null ? <OfTransaction hash={id} /> : <Journey message={found} />)}
    </Answered>
  );
}

function OfTransaction({ hash }: { readonly hash: Hex }) {
  const page = useLiveRpc<PageJson<MessageJson>>("trellis_getMessages", [
    { transaction: hash },
    { count: PAGE_ITEMS },
  ]);
  return (
    <Answered query={page} what="Loading messages">
      {({ items }) => {
        const [first] = items;
        if (first === undefined)
          return (
            <NoPage title="Message not found">
              No shard that this node follows has a message with this ID, and no transaction of shard 0 with
              this hash sent one.
            </NoPage>
          );
        if (items.length === 1) return <Journey message={first} />;
        return (
          <>
            <h1>{items.length} messages of a transaction</h1>
            <Card title="Messages" aside={<TransactionLink hash={hash} />}>
              <Table label="Messages" rows={items} keyOf={(item) => item.id} columns={messageColumns} />
            </Card>
          </>
        );
      }}
    </Answered>
  );
}

/** Titles of the steps, and the last one that is reached. */
export function stepsOf({ status, delivery }: Pick<MessageJson, "status" | "delivery">): {
  readonly steps: readonly string[];
  readonly reached: number;
} {
  if (status === "failed" || status === "refunded") {
    const steps = ["sent", "final", delivery?.outcome ?? "failed", "refunded"];
    return { steps, reached: status === "failed" ? 2 : 3 };
  }
  if (status === "acknowledged") return { steps: ["sent", "final", "acknowledged"], reached: 2 };
  return {
    steps: ["sent", "final", "delivered"],
    reached: ["pending", "finalized", "delivered"].indexOf(status),
  };
}

export function Journey({ message }: { readonly message: MessageJson }) {
  const { id, kind, source, destination, status, sent, delivery, refunded, refundOf, unknownShards } =
    message;
  return (
    <>
      <h1>
        {kind === "refund" ? "Refund" : "Message"} from shard {source} to shard {destination}{" "}
        <MessageStatus status={status} />
      </h1>
      <Card title="Journey">
        <Steps {...stepsOf(message)} />
        <Facts>
          {sent !== null && <PlaceFact name="Sent" place={sent} />}
          {delivery !== null && (
            <PlaceFact
              name={delivery.outcome === "executed" ? "Delivered" : `Delivered: ${delivery.outcome}`}
              place={delivery}
            />
          )}
          {delivery?.refund != null && (
            <Fact name="Refund">
              <MessageLink id={delivery.refund} />
            </Fact>
          )}
          {refunded !== null && <PlaceFact name="Refunded" place={refunded} />}
          {unknownShards.length > 0 && (
            <Fact name="Not shown">
              This node does not follow shard {unknownShards.join(" and ")}, so it does not know what happened
              there.
            </Fact>
          )}
        </Facts>
      </Card>
      <Card title="Details">
        <Facts>
          <Fact name="Message ID">
            <HexText hex={id} label="message ID" isWhole />
          </Fact>
          {refundOf !== null && (
            <Fact name="Refund of">
              <MessageLink id={refundOf} />
            </Fact>
          )}
          <Content message={message} />
        </Facts>
      </Card>
    </>
  );
}

function Content({ message }: { readonly message: MessageJson }) {
  const { kind, sender, recipient, value, gasLimit, expiry, data } = message;
  return (
    <>
      <Fact name="Sender">
        <AddressLink address={sender} isWhole />
      </Fact>
      <Fact name="Recipient">
        <AddressLink address={recipient} isWhole />
      </Fact>
      <Fact name="Value">
        <Coins wei={BigInt(value)} />
      </Fact>
      {kind === "call" && (
        <>
          <Fact name="Gas limit">{countText(toNumber(gasLimit))}</Fact>
          <Fact name="Expires">
            <When ms={toNumber(expiry) * 1_000} />
          </Fact>
          <Fact name="Data">{data === "0x" ? "none" : <HexText hex={data} label="data" />}</Fact>
        </>
      )}
    </>
  );
}

/** This page's node serves only shard 0's blocks. */
function PlaceFact({ name, place }: { readonly name: string; readonly place: PlaceJson }) {
  const { shard, blockNumber, blockHash, transactionHash, timestampMs, isFinal } = place;
  const number = countText(toNumber(blockNumber));
  return (
    <Fact name={name}>
      shard {shard},{" "}
      {shard === 0 ? (
        <>
          <BlockLink hash={blockHash}>block {number}</BlockLink>, <TransactionLink hash={transactionHash} />
        </>
      ) : (
        <>
          block {number}, <HexText hex={transactionHash} label="transaction hash" />
        </>
      )}
      , <When ms={toNumber(timestampMs)} />{" "}
      <Badge tone={isFinal ? "good" : "info"}>{isFinal ? "final" : "not final yet"}</Badge>
    </Fact>
  );
}
