import { bytesToHex, quantityToHex } from "@trellis/base";
import { type ChainView, encodeHeader, type OfferedTemplate, type WorkerStatistics } from "@trellis/protocol";

/** A miner needs `sealRoot`, `target` and the algorithm; `header` and `branch` prove what the root commits to. */
function encodeTemplate(
  { parameters }: Pick<ChainView, "parameters">,
  { id, template, expiresMs }: OfferedTemplate,
): object {
  const { header, body, target } = template;
  const { name, algorithm, memoryKiB, passes, subsidyWei } = parameters.streams[header.stream]!;
  return {
    id,
    sealRoot: id,
    target: quantityToHex(target),
    // The steady clock has fractions.
    expiresMs: quantityToHex(Math.floor(expiresMs)),
    stream: name,
    algorithm,
    memoryKiB,
    passes,
    miner: header.miner,
    subsidyWei: quantityToHex(subsidyWei),
    number: quantityToHex(header.number),
    parents: header.parents,
    timestampMs: quantityToHex(header.timestampMs),
    bits: quantityToHex(header.bits),
    header: bytesToHex(encodeHeader(header)),
    branch: header.seal.branch,
    transactions: body.transactions.map(({ hash }) => hash),
  };
}

const encoded = new WeakMap<OfferedTemplate, string>();

/** Callers with the same template share its text. */
export function templateJson(chain: Pick<ChainView, "parameters">, offered: OfferedTemplate): string {
  const json = encoded.get(offered) ?? JSON.stringify(encodeTemplate(chain, offered));
  encoded.set(offered, json);
  return json;
}

export function encodeWorker(
  { parameters }: Pick<ChainView, "parameters">,
  worker: WorkerStatistics,
): object {
  return {
    ...worker,
    stream: parameters.streams[worker.stream]!.name,
    rewardsWei: quantityToHex(worker.rewardsWei),
    lastShareMs: worker.lastShareMs === undefined ? null : quantityToHex(Math.floor(worker.lastShareMs)),
  };
}
