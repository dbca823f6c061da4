import { text } from "../../decoding/Decoder.ts";
import { logCriteria } from "../../decoding/logCriteria.ts";
import { queryLogs } from "../../reading/queryLogs.ts";
import { defineMethod, required, WEIGHTS } from "../Method.ts";

const filterId = required("filterId", text);

export const logMethods = [
  defineMethod({
    name: "eth_getLogs",
    summary: "Logs of a block or of a bounded range of the selected chain, by address and topics.",
    params: [required("filter", logCriteria)],
    weight: WEIGHTS.scan,
    handle: (node, [criteria]) => queryLogs(node, criteria),
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
  defineMethod({
    name: "eth_getFilterChanges",
    summary: "What a filter found since it was last asked.",
    params: [filterId],
    weight: WEIGHTS.scan,
    handle: ({ filters }, [id]) => filters.changes(id),
  }),
  defineMethod({
    name: "eth_getFilterLogs",
    summary: "All logs that a log filter matches, from its first block on.",
    params: [filterId],
    weight: WEIGHTS.scan,
    handle: (node, [id]) => queryLogs(node, node.filters.criteria(id)),
  }),
  defineMethod({
    name: "eth_uninstallFilter",
    summary: "Removes a filter; false if there was none.",
    params: [filterId],
    handle: ({ filters }, [id]) => filters.uninstall(id),
  }),
];
