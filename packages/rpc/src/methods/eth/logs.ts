import { text } from "../../decoding/Decoder.ts";
import { logCriteria } from "../../decoding/logCriteria.ts";
import { planLogs } from "../../reading/queryLogs.ts";
import { defineMethod, defineRead, defineScan, required } from "../Method.ts";

const filterId = required("filterId", text);

export const logMethods = [
  defineRead({
    name: "eth_getLogs",
    summary: "Logs of a block or of a bounded range of the selected chain, by address and topics.",
    params: [required("filter", logCriteria)],
    plan: (node, [criteria]) => planLogs(node, criteria),
  }),
  defineMethod({
    name: "eth_newFilter",
    summary: "Installs a filter for logs of chain blocks to come.",
    params: [required("filter", logCriteria)],
    handle: ({ filters }, [criteria]) => filters.installLogs(criteria),
  }),
  defineMethod({
    name: "eth_newBlockFilter",
    summary: "Installs a filter for hashes of chain blocks to come.",
    handle: ({ filters }) => filters.installBlocks(),
  }),
  defineMethod({
    name: "eth_newPendingTransactionFilter",
    summary: "Installs a filter for hashes of transactions that enter the pool.",
    handle: ({ filters }) => filters.installPending(),
  }),
  defineScan({
    name: "eth_getFilterChanges",
    summary: "What a filter found since it was last asked.",
    params: [filterId],
    handle: ({ filters }, [id], pacing) => filters.changes(id, pacing),
  }),
  defineRead({
    name: "eth_getFilterLogs",
    summary: "All logs that a log filter matches, from its first block on.",
    params: [filterId],
    plan: (node, [id]) => planLogs(node, node.filters.criteria(id)),
  }),
  defineMethod({
    name: "eth_uninstallFilter",
    summary: "Removes a filter; false if there was none.",
    params: [filterId],
    handle: ({ filters }, [id]) => filters.uninstall(id),
  }),
];
