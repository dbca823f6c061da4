import { quantityToHex } from "@trellis/base";
import type { ChainView, DagHeader, Hash, Header } from "@trellis/protocol";
import { asObject, fieldOf, type JsonObject, optionalField } from "../decoding/Decoder.ts";
import { index } from "../decoding/hex.ts";
import { encodeDagHeader } from "../encoding/dagBlock.ts";
import { templateJson } from "../encoding/template.ts";
import { rpcErrors } from "../errors.ts";
import { positionOf } from "../reading/chainChanges.ts";
import { miningOf, workRequestOf } from "../reading/workRequest.ts";
import { ChainReader } from "./ChainReader.ts";
import { chainCursor } from "./cursors.ts";
import { messagesTopic } from "./messagesTopic.ts";
import type { Topic, Topics } from "./Topic.ts";

/** A client that passes its last cursor as `since` misses no change. [RPC-15] */
const chainTopic: Topic = ({ chain, feeds }, options) => {
  const since = optionalField(optionsOf(options), "since", chainCursor);
  return (emit, client) => {
    const reader = new ChainReader(chain, since ?? positionOf(chain.head()), emit);
    return reader.start((notify) => feeds.chain.join(client, emit, notify));
  };
};

/** With `since`, first sends missed blocks, some of them twice. */
const dagTopic: Topic = ({ chain, feeds, limits }, options) => {
  const since = optionalField(optionsOf(options), "since", index);
  return (emit, client) => {
    const missed = since === undefined ? [] : missedBlocks(chain, since, limits.replayBlocksMax);
    for (const { hash, header } of missed) emit(blockJson(hash, header));
    return feeds.chain.join(client, emit, (event) =>
      event.kind === "block" ? [blockJson(event.hash, event.header)] : [],
    );
  };
};

/** Needs the role and the permission of `trellis_getBlockTemplate`. [MINE-1] */
const templatesTopic: Topic = (node, options, session) => {
  const mining = miningOf(node, session);
  const asked = asObject(options, "options");
  const request = workRequestOf(node, fieldOf(asked, "stream"), fieldOf(asked, "miner"));
  return (emit, client) =>
    mining.watch(request, session.address, {
      notify: (offered) => emit(templateJson(node.chain, offered)),
      end: () => client.disconnect(),
    });
};

export const TRELLIS_TOPICS: Topics = new Map([
  ["chain", chainTopic],
  ["dag", dagTopic],
  ["templates", templatesTopic],
  ["messages", messagesTopic],
]);

function optionsOf(options: unknown): JsonObject {
  return options === undefined || options === null ? {} : asObject(options, "options");
}

/** The cursor is the blue score. A later block's score is rarely lower by more than k. */
function blockJson(hash: Hash, header: Header): string {
  const cursor = quantityToHex(header.blueScore);
  return JSON.stringify({ kind: "block", cursor, block: encodeDagHeader(hash, header) });
}

/** @throws RPC_CURSOR_UNKNOWN after too many missed blocks */
function missedBlocks(chain: ChainView, since: number, countMax: number): readonly DagHeader[] {
  const from = Math.max(0, since - chain.parameters.ghostdagK);
  const blocks = chain.dagRange(from, Number.MAX_SAFE_INTEGER, countMax + 1);
  if (blocks.length > countMax) throw rpcErrors.RPC_CURSOR_UNKNOWN({ since, replayBlocksMax: countMax });
  return blocks;
}
