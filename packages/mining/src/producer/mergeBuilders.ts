import { bytesToHex, type Log } from "@trellis/base";
import { type BlockBuilder, type BlockTemplate, type Hash, mergeTemplates } from "@trellis/protocol";
import type { PowParameters } from "../algorithms/PowAlgorithm.ts";
import { miningErrors } from "../errors.ts";
import type { WorkVerifier } from "../verification/createWorkVerifier.ts";

interface MergePorts {
  readonly work: Pick<WorkVerifier, "hash">;
  readonly log: Log;
  /** Of the other shards, and of what moves between shards. */
  readonly subscribe?: BlockBuilder["subscribe"];
  /** Of a shard that syncs, blocks would be worthless. Default: always. */
  readonly isReady?: (shard: number) => boolean;
}

interface Part {
  readonly shard: number;
  readonly template: BlockTemplate;
}

/**
 * One nonce seals the templates of all shards whose target it meets. A shard that fails stops no other. [BLOCK-4.3]
 * @param streams of all shards
 * @param builders by shard
 * @returns builder of the lowest shard's templates, with the common seal root and the easiest target
 */
export function mergeBuilders(
  streams: readonly PowParameters[],
  builders: ReadonlyMap<number, BlockBuilder>,
  { work, log, subscribe, isReady = () => true }: MergePorts,
): BlockBuilder {
  const merged = new WeakMap<BlockTemplate, readonly Part[]>();
  /** @throws the first error if all shards fail */
  const ofShards = async <T>(
    event: string,
    asked: readonly (readonly [number, () => Promise<T>])[],
  ): Promise<{ readonly shard: number; readonly value: T }[]> => {
    const settled = await Promise.allSettled(asked.map(([, ask]) => ask()));
    const failures = settled.flatMap((result, index) =>
      result.status === "rejected" ? [{ shard: asked[index]![0], error: result.reason as Error }] : [],
    );
    if (failures.length === asked.length) throw failures[0]!.error;
    for (const failure of failures) log.warn(event, failure);
    return settled.flatMap((result, index) =>
      result.status === "fulfilled" ? [{ shard: asked[index]![0], value: result.value }] : [],
    );
  };
  return {
    ...(subscribe && { subscribe }),
    async createTemplate(request) {
      const asked = [...builders]
        .filter(([shard]) => isReady(shard))
        .map(([shard, builder]) => [shard, () => builder.createTemplate(request)] as const);
      const built = await ofShards("template.leftOut", asked);
      const templates = mergeTemplates(built.map(({ value }) => value));
      const [easiest] = [...templates].sort((a, b) => (a.target < b.target ? 1 : -1));
      const template = { ...templates[0]!, target: easiest!.target };
      merged.set(
        template,
        built.map(({ shard }, index) => ({ shard, template: templates[index]! })),
      );
      return template;
    },
    /** Of the lowest shard whose target the nonce meets. @throws WORK_INSUFFICIENT, errors of the import */
    async importSealed(template, nonce): Promise<Hash> {
      const parts = merged.get(template)!;
      const parameters = streams[template.header.stream]!;
      const hash = await work.hash({ parameters, sealRoot: template.sealRoot, nonce });
      const met = parts.filter((part) => hash <= part.template.target);
      if (met.length === 0)
        throw miningErrors.WORK_INSUFFICIENT({
          template: bytesToHex(template.sealRoot),
          nonce,
          target: template.target,
        });
      const asked = met.map(
        (part) => [part.shard, () => builders.get(part.shard)!.importSealed(part.template, nonce)] as const,
      );
      return (await ofShards("block.refused", asked))[0]!.value;
    },
  };
}
