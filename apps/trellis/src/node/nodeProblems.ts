import type { Chain } from "@trellis/chain";
import type { Network } from "@trellis/network";
import type { Severity } from "@trellis/platform/notify";
import type { FinalityStatus } from "@trellis/protocol";
import type { DiskSpace } from "./createStorageGuard.ts";

export interface NotifyingNode {
  readonly chain: {
    readonly failure: Chain["failure"];
    readonly finality: Pick<Chain["finality"], "status" | "equivocations">;
  };
  readonly network: Pick<Network, "syncing" | "isolation">;
  /** Undefined without a data directory. */
  readonly disk: (() => DiskSpace) | undefined;
}

export interface NodeProblem {
  readonly kind: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly text: string;
}

/** Leaves hours to act before the node stops writing. */
const FREE_BYTES_MIN = 10 * 2 ** 30;
const FREE_SHARE_MIN = 0.1;

export function nodeProblems(node: NotifyingNode): readonly NodeProblem[] {
  const finality = node.chain.finality.status();
  return [
    chainFailed(node),
    finalityStalled(finality),
    slashingRisk(finality),
    equivocation(node),
    peersLost(node),
    syncLost(node),
    diskLow(node),
  ].filter((problem) => problem !== undefined);
}

function chainFailed({ chain }: NotifyingNode): NodeProblem | undefined {
  const failure = chain.failure();
  if (failure === undefined) return undefined;
  return { kind: "node.chainFailed", severity: "critical", subject: "Chain stopped", text: failure.message };
}

function finalityStalled({ isFinalizing, finalized, lagBlocks }: FinalityStatus): NodeProblem | undefined {
  if (isFinalizing) return undefined;
  return {
    kind: "node.finalityStalled",
    severity: "critical",
    subject: "Finality stalled",
    text: `Nothing is final since checkpoint ${finalized.height}, ${lagBlocks} blocks ago.`,
  };
}

function slashingRisk({ signing, listeningFor }: FinalityStatus): NodeProblem | undefined {
  if (signing !== "stopped" || listeningFor !== undefined) return undefined;
  return {
    kind: "node.slashingRisk",
    severity: "critical",
    subject: "Validator stopped: its key is in use elsewhere",
    text: "Another node signs with this validator's key. Stop one of them.",
  };
}

function equivocation({ chain }: NotifyingNode): NodeProblem | undefined {
  const count = chain.finality.equivocations();
  if (count === 0) return undefined;
  return {
    kind: "node.equivocation",
    severity: "warning",
    subject: "Validators signed conflicting votes",
    text: `Evidence against ${count} validators is known.`,
  };
}

function peersLost({ network }: NotifyingNode): NodeProblem | undefined {
  const text = network.isolation();
  if (text === undefined) return undefined;
  return { kind: "node.peersLost", severity: "critical", subject: "No peer sends blocks", text };
}

function syncLost({ network }: NotifyingNode): NodeProblem | undefined {
  const progress = network.syncing();
  if (progress === undefined) return undefined;
  const text = `At block ${progress.currentBlock} of ${progress.highestBlock}.`;
  return { kind: "node.syncLost", severity: "warning", subject: "Node is behind", text };
}

function diskLow({ disk }: NotifyingNode): NodeProblem | undefined {
  const space = disk?.();
  if (space === undefined) return undefined;
  const { freeBytes, totalBytes } = space;
  if (freeBytes >= Math.min(FREE_BYTES_MIN, FREE_SHARE_MIN * totalBytes)) return undefined;
  const text = `${Math.floor(freeBytes / 2 ** 20)} MiB are free. The chain stops when the disk is full.`;
  return { kind: "node.diskLow", severity: "warning", subject: "Disk space is low", text };
}
