import type { Clock } from "@trellis/base";
import type { ArbitrageLedger, DecisionRecord } from "../ledger/index.ts";

export interface StageResult extends Pick<DecisionRecord, "stage" | "code" | "reason"> {
  readonly figures?: DecisionRecord["figures"];
}

interface DecisionLogPorts {
  readonly ledger: Pick<ArbitrageLedger, "addDecision">;
  readonly clock: Clock;
}

export class DecisionLog {
  readonly #ports: DecisionLogPorts;

  constructor(ports: DecisionLogPorts) {
    this.#ports = ports;
  }

  accept(id: string, result: StageResult): Promise<void> {
    return this.#ports.ledger.addDecision(id, { ...this.refusal(result), isGo: true });
  }

  refuse(id: string, result: StageResult): Promise<void> {
    return this.#ports.ledger.addDecision(id, this.refusal(result));
  }

  refusal({ stage, code, reason, figures = {} }: StageResult): DecisionRecord {
    return { stage, isGo: false, code, reason, figures, decidedAtMs: this.#ports.clock.nowMs() };
  }
}
