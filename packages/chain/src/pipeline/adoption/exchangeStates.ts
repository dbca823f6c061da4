import { bytesToHex, hexToBytes, isTrellisError } from "@trellis/base";
import type { Hash, StateExchange, StateRange } from "@trellis/protocol";
import { readRange, type WriteOperation } from "@trellis/storage";
import { stateErrors } from "../../state/errors.ts";
import { pipelineErrors } from "../errors.ts";
import type { Importer } from "../Importer.ts";
import type { Stages } from "../Stages.ts";
import { Adoption } from "./Adoption.ts";
import { completeAdoption } from "./completeAdoption.ts";
import { importHeaders, requireNothingExecuted } from "./HeaderImporter.ts";
import { Wants } from "./Wants.ts";

/** Entries of a state that was given up which one batch deletes. */
const CLEARED_PER_BATCH = 10_000;

/** What a node that begins from a state asks of others, and how it begins. */
export function exchangeStates(stages: Stages, importer: Importer): StateExchange {
  const known: { adoption: Adoption | undefined } = { adoption: storedAdoption(stages, importer) };
  return {
    stateRange: (...request) => stateRange(stages, ...request),
    code: (hash) => stages.states.code(hash),
    importHeaders: (headers) => importHeaders(stages, importer, headers),
    adoption: () => (stages.tables.meta.has("adopting") ? known.adoption : undefined),
    adopt: (block) =>
      importer.exclusively(async () => {
        const isBegun = stages.tables.meta.has("adopting") && known.adoption?.block === block;
        if (isBegun) return known.adoption!;
        requireAdoptable(stages, importer, block);
        known.adoption?.giveUp();
        known.adoption = await begin(stages, importer, block);
        return known.adoption;
      }),
  };
}

/** @throws STATE_UNAVAILABLE */
function stateRange(
  { states }: Stages,
  block: Hash,
  owner: Hash | undefined,
  from: Hash,
  bytesMax: number,
): StateRange {
  try {
    const trie = owner === undefined ? states.accountTrie(block) : states.storageTrieByOwner(block, owner);
    const { entries, proof, isEnd } = readRange(trie, hexToBytes(from), bytesMax);
    return { entries: entries.map(({ key, value }) => ({ key: bytesToHex(key), value })), proof, isEnd };
  } catch (cause) {
    if (isTrellisError(cause, "STATE_UNAVAILABLE")) throw cause;
    // The base is moving: its nodes are those of the next state already.
    throw stateErrors.STATE_UNAVAILABLE({ block }, cause);
  }
}

function storedAdoption(stages: Stages, importer: Importer): Adoption | undefined {
  const block = stages.tables.meta.get("adopting");
  return block === undefined ? undefined : adoptionOf(stages, importer, bytesToHex(block));
}

function adoptionOf(stages: Stages, importer: Importer, block: Hash): Adoption {
  return new Adoption(stages, block, (isReady) =>
    importer.exclusively(async () => {
      if (isReady()) await completeAdoption(stages, importer, block);
    }),
  );
}

/** @throws CHAIN_HAS_STATE, BLOCK_UNKNOWN */
function requireAdoptable(stages: Stages, importer: Importer, block: Hash): void {
  requireNothingExecuted(stages, importer);
  const isHeader = stages.chainDag.dag.has(block) && block !== importer.sink;
  if (!isHeader) throw pipelineErrors.BLOCK_UNKNOWN({ block });
}

/** Deletes whatever an earlier one has left. @throws CHAIN_STOPPED */
async function begin(stages: Stages, importer: Importer, block: Hash): Promise<Adoption> {
  const { blocks, tables } = stages;
  await importer.store([tables.meta.delete("adopting")]);
  for (const table of [tables.wants, tables.adoptedNodes]) await clear(importer, table);
  const { stateRoot } = blocks.storedHeader(block);
  await importer.store([
    ...new Wants(tables).addTrie(undefined, stateRoot),
    tables.meta.put("adopting", hexToBytes(block)),
  ]);
  return adoptionOf(stages, importer, block);
}

async function clear(
  importer: Importer,
  table: {
    range(range: { countMax: number }): Iterable<readonly [Uint8Array, Uint8Array]>;
    delete(key: Uint8Array): WriteOperation;
  },
): Promise<void> {
  for (;;) {
    const keys = [...table.range({ countMax: CLEARED_PER_BATCH })].map(([key]) => key);
    if (keys.length === 0) return;
    await importer.store(keys.map((key) => table.delete(key)));
  }
}
