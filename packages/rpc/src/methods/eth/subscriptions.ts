import { anything, text } from "../../decoding/Decoder.ts";
import { ETH_TOPICS } from "../../subscriptions/ethTopics.ts";
import { subscribe, unsubscribe } from "../../subscriptions/subscribe.ts";
import { defineMethod, optional, required } from "../Method.ts";

export const subscriptionMethods = [
  defineMethod({
    name: "eth_subscribe",
    summary: "Subscribes to newHeads, logs, newPendingTransactions or syncing (WebSocket).",
    params: [required("topic", text), optional("options", anything)],
    handle: (node, [topic, options], session) =>
      subscribe(node, session, { namespace: "eth", topics: ETH_TOPICS }, { topic, options }),
  }),
  defineMethod({
    name: "eth_unsubscribe",
    summary: "Ends a subscription.",
    params: [required("subscription", text)],
    handle: (_, [id], session) => unsubscribe(session, id),
  }),
];
