import { baseErrors, hexToBytes } from "@trellis/base";
import type { Header } from "./Header.ts";
import { sealHash } from "./seal.ts";
import { sealTogether } from "./sealTogether.ts";

interface Template {
  readonly header: Header;
  readonly sealRoot: Uint8Array;
}

/**
 * The templates with a common seal root: a nonce seals each whose target it meets. [BLOCK-4.3]
 * @param templates of distinct shards and one stream, because streams differ in their proof of work
 * @throws ARGUMENT_INVALID
 */
export function mergeTemplates<T extends Template>(templates: readonly T[]): T[] {
  const streams = new Set(templates.map(({ header }) => header.stream));
  if (streams.size !== 1)
    throw baseErrors.ARGUMENT_INVALID({ rule: "templates of one stream", got: streams.size });
  const { sealRoot, branches } = sealTogether(
    templates.map(({ header }) => ({ shard: header.shard, sealHash: sealHash(header) })),
  );
  return templates.map((template) => {
    const { header } = template;
    const branch = branches.get(header.shard)!;
    return {
      ...template,
      header: { ...header, seal: { ...header.seal, branch } },
      sealRoot: hexToBytes(sealRoot),
    };
  });
}
