import { text } from "../../decoding/Decoder.ts";
import { logCriteria } from "../../decoding/logCriteria.ts";
import { planLogs } from "../../reading/readLogs.ts";
import { defineMethod, defineRead, defineScan, required } from "../Method.ts";

const filterId = required("filterId", text);

export const logMethods = [
  defineRead({
    name: "eth_getLogs",
    summary: "Returns logs of a block or of a bounded range of the selected chain, by address and topics.",
    params: [required("filter", logCriteria)],
    plan: (node, [criteria]) => planLogs(node, criteria),
  }),
  defineMethod({
    name: "eth_newFilter",
    summary: "Creates a filter for logs of new chain blocks.",
    params: [required("filter", logCriteria)],
    handle: ({ filters }, [criteria]) => filters.installLogs(criteria),
  }),
  defineMethod({
    name: "eth_newBlockFilter",
    summary: "Creates a filter for hashes of new chain blocks.",
    handle: ({ filters }) => filters.installBlocks(),
  }),
  defineMethod({
    name: "eth_newPendingTransactionFilter",
    summary: "Creates a filter for hashes of transactions that enter the mempool.",
    handle: ({ filters }) => filters.installPending(),
  }),
  defineScan({
    name: "eth_getFilterChanges",
    summary: "Returns the matches of a filter since the last poll.",
    params: [filterId],
    handle: ({ filters }, [id], pacing) => filters.changes(id, pacing),
  }),
  defineRead({
    name: "eth_getFilterLogs",
    summary: "Returns all logs that match a log filter, from its first block on.",
    params: [filterId],
    plan: (node, [id]) => planLogs(node, node.filters.criteria(id)),
  }),
  defineMethod({
    name: "eth_uninstallFilter",
    summary: "Removes a filter; returns false if it does not exist.",
    params: [filterId],
    handle: ({ filters }, [id]) => filters.uninstall(id),
  }),
];
