import { bytesToHex, hexToBytes, isTrellisError, runPaced } from "@trellis/base";
import { readEpoch } from "@trellis/contracts";
import type { ChainPlace, Hash, StateExchange, StateRange } from "@trellis/protocol";
import { readRangeInSteps } from "@trellis/storage";
import { stateErrors } from "../../state/errors.ts";
import { pipelineErrors } from "../errors.ts";
import type { Importer } from "../Importer.ts";
import type { Stages } from "../Stages.ts";
import { Adoption } from "./Adoption.ts";
import { completeAdoption } from "./completeAdoption.ts";
import { importHeaders, requireNothingExecuted } from "./HeaderImporter.ts";
import { Wants } from "./Wants.ts";

/** What a node that begins from a state asks of others, and how it begins. */
export function exchangeStates(stages: Stages, importer: Importer): StateExchange {
  const { tables } = stages;
  const { votes, finalityDepth } = stages.options.parameters;
  const known: { adoption: Adoption | undefined } = { adoption: storedAdoption(stages, importer) };
  return {
    stateRange: (...request) => stateRange(stages, ...request),
    code: (hash) => stages.states.code(hash),
    kept: () => stages.states.keptBlocks(),
    get trustDepth() {
      // The base is genesis: who votes only later has not vouched for what a newcomer is told until then.
      const genesis = readEpoch(stages.states.reader(stages.states.baseHash));
      return genesis.isHandedOver ? votes.depth : finalityDepth;
    },
    chainPlace: (block, on) => chainPlace(stages, block, on),
    importHeaders: (headers) => importHeaders(stages, importer, headers),
    adoption: () => (stages.tables.meta.has("adopting") ? known.adoption : undefined),
    async adopt(block) {
      const isBegun = (): boolean => tables.meta.has("adopting") && known.adoption?.block === block;
      if (isBegun()) return known.adoption!;
      requireAdoptable(stages, importer, block);
      // What it has begun to store counts.
      await known.adoption?.giveUp();
      return importer.exclusively(async () => {
        if (!isBegun()) {
          requireAdoptable(stages, importer, block);
          known.adoption = await begin(stages, importer, block);
        }
        return known.adoption!;
      });
    },
  };
}

function chainPlace({ blocks, chainDag }: Stages, block: Hash, on: Hash): ChainPlace | undefined {
  const { dag } = chainDag;
  if (!dag.has(block) || !dag.has(on) || !dag.isChainAncestor(block, on)) return undefined;
  const { number, blueWork, blueScore } = blocks.storedHeader(block);
  return { number, blueWork, depth: blocks.storedHeader(on).blueScore - blueScore };
}

/** @throws STATE_UNAVAILABLE */
async function stateRange(
  { states, ports }: Stages,
  block: Hash,
  owner: Hash | undefined,
  from: Hash,
  bytesMax: number,
): Promise<StateRange> {
  try {
    const trie = states.trieToGive(block, owner);
    const range = readRangeInSteps(trie, hexToBytes(from), bytesMax);
    const { entries, proof, isEnd } = await runPaced(range, ports.pace);
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

/** What another has left is the beginning of this one. @throws CHAIN_STOPPED */
async function begin(stages: Stages, importer: Importer, block: Hash): Promise<Adoption> {
  const { blocks, tables } = stages;
  const { stateRoot } = blocks.storedHeader(block);
  const wants = new Wants(tables);
  const isPartlyHere = [...tables.adoptedNodes.range({ countMax: 1 })].length > 0;
  await importer.store([
    ...wants.removeAccounts(),
    ...wants.addAccounts(stateRoot, isPartlyHere),
    tables.meta.put("adopting", hexToBytes(block)),
  ]);
  return adoptionOf(stages, importer, block);
}
