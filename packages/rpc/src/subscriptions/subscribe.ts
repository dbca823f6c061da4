import { isTrellisError } from "@trellis/base";
import { rpcErrors } from "../errors.ts";
import type { RpcNode } from "../RpcNode.ts";
import type { Session, SubscriptionHolder } from "../Session.ts";
import type { Topics } from "./Topic.ts";

interface Namespace {
  readonly namespace: string;
  readonly topics: Topics;
}

const TOPIC_SHOWN_MAX = 64;
const OPTIONS_INDEX = 1;

export function subscribe(
  node: RpcNode,
  session: Session,
  { namespace, topics }: Namespace,
  asked: { readonly topic: string; readonly options: unknown },
): string {
  const holder = holderOf(session);
  const topic = topics.get(asked.topic);
  if (topic === undefined) {
    throw rpcErrors.RPC_TOPIC_UNKNOWN({ namespace, topic: asked.topic.slice(0, TOPIC_SHOWN_MAX) });
  }
  try {
    return holder.open(namespace, topic(node, asked.options, session));
  } catch (error) {
    if (!isTrellisError(error, "RPC_PARAMETERS_INVALID")) throw error;
    throw rpcErrors.RPC_PARAMETERS_INVALID({ index: OPTIONS_INDEX, reason: `${error.facts.reason}` });
  }
}

export function unsubscribe(session: Session, id: string): true {
  if (!holderOf(session).close(id)) throw rpcErrors.RPC_NOT_FOUND({ reason: "subscription not found" });
  return true;
}

function holderOf({ subscriptions }: Session): SubscriptionHolder {
  if (subscriptions === undefined) throw rpcErrors.RPC_SUBSCRIPTIONS_UNSUPPORTED();
  return subscriptions;
}
