import { type Clock, isTrellisError } from "@trellis/base";
import type { Address, Hash, OfferedTemplate } from "@trellis/protocol";
import type { TemplateService } from "../templates/createTemplateService.ts";
import { difficultyToTarget, targetToDifficulty } from "../workers/difficulty.ts";
import { refusedShare } from "../workers/refusedShare.ts";
import type { ShareOutcome, Worker, Workers } from "../workers/Workers.ts";
import { EXTRANONCE_DIGITS, NONCE_DIGITS, nonceOf } from "./Extranonces.ts";
import { notificationLine, notifyLine } from "./notifications.ts";
import { parseRequest, type RequestId, type StratumRequest } from "./parseRequest.ts";
import { ShareDifficulty } from "./ShareDifficulty.ts";

interface SessionOptions {
  readonly stream: number;
  /** Undefined: variable. */
  readonly difficulty: number | undefined;
  readonly extranonce: string;
  readonly caller: string;
  readonly isKnown: boolean;
}

interface SessionPorts {
  readonly templates: Pick<TemplateService, "watch" | "submitShare">;
  readonly workers: Workers;
  readonly clock: Clock;
  readonly send: (line: string) => void;
  readonly close: (reason: "malformed" | "limited" | "full") => void;
  readonly onShare: (outcome: ShareOutcome) => void;
}

interface Job {
  readonly template: Hash;
  readonly difficulty: number;
  readonly target: bigint;
}

/** Codes of Stratum. */
const REFUSALS = {
  other: [20, "Other/Unknown"],
  stale: [21, "Job not found"],
  duplicate: [22, "Duplicate share"],
  invalid: [23, "Low difficulty share"],
  unauthorized: [24, "Unauthorized worker"],
  notSubscribed: [25, "Not subscribed"],
} as const;

const WORKER = /^(0x[0-9a-fA-F]{40})(?:\.([0-9A-Za-z_-]{1,32}))?$/;
/** More than follow each other on main within a template's life. */
const JOBS_MAX = 128;
const MALFORMED_MAX = 8;
const AGENT_LENGTH_MAX = 128;

/** A connection of a miner: EthereumStratum/1.0.0 as Kaspa's miners speak it. [STRATUM-2] */
export class StratumSession {
  readonly #options: SessionOptions;
  readonly #ports: SessionPorts;
  readonly #jobs = new Map<string, Job>();
  readonly #difficulty: ShareDifficulty;
  #agent: string | undefined;
  #worker: Worker | undefined;
  #newest: OfferedTemplate | undefined;
  #sentDifficulty: number | undefined;
  #jobCount = 0;
  #malformed = 0;
  #unwatch: (() => void) | undefined;

  constructor(options: SessionOptions, ports: SessionPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#difficulty = new ShareDifficulty(options.difficulty, ports.clock.nowMs());
  }

  get isAuthorized(): boolean {
    return this.#worker !== undefined;
  }

  async receive(line: string): Promise<void> {
    const request = parseRequest(line);
    if (request === undefined) {
      this.#refuse(null, "other", "malformed request");
      if (++this.#malformed >= MALFORMED_MAX) this.#ports.close("malformed");
      return;
    }
    switch (request.method) {
      case "mining.subscribe":
        return this.#subscribe(request);
      case "mining.extranonce.subscribe":
        return this.#answer(request.id, true);
      case "mining.authorize":
        return this.#authorize(request);
      case "mining.submit":
        return this.#submit(request);
      default:
        return this.#refuse(request.id, "other", "unknown method");
    }
  }

  stop(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    if (this.#worker !== undefined) this.#worker.connections--;
    this.#worker = undefined;
  }

  #subscribe({ id, params: [agent] }: StratumRequest): void {
    this.#agent = typeof agent === "string" ? agent.slice(0, AGENT_LENGTH_MAX) : "";
    this.#answer(id, [true, "EthereumStratum/1.0.0"]);
  }

  #authorize({ id, params: [name] }: StratumRequest): void {
    const [worker, address] = (typeof name === "string" && WORKER.exec(name)) || [];
    if (this.#agent === undefined) this.#refuse(id, "notSubscribed");
    else if (worker === undefined || address === undefined)
      this.#refuse(id, "unauthorized", "log in as ADDRESS.NAME, with an address 0x…");
    else this.#logIn(id, worker, address);
  }

  #logIn(id: RequestId, worker: string, address: string): void {
    const { stream, caller, extranonce } = this.#options;
    this.stop();
    this.#newest = undefined;
    const miner = address.toLowerCase() as Address;
    try {
      this.#unwatch = this.#ports.templates.watch({ stream, miner }, caller, {
        notify: (offered) => this.#follow(offered),
        end: () => this.#ports.close("full"),
      });
    } catch (error) {
      this.#refuse(id, "other", isTrellisError(error) ? error.message : undefined);
      return;
    }
    const name = worker.replace(address, miner);
    this.#worker = this.#ports.workers.at({ source: "stratum", stream, worker: name });
    this.#worker.connections++;
    this.#worker.device = this.#agent ?? "";
    this.#answer(id, true);
    const nonceBytes = (NONCE_DIGITS - EXTRANONCE_DIGITS) / 2;
    this.#ports.send(notificationLine("mining.set_extranonce", extranonce, nonceBytes));
    this.#sendJob();
  }

  #follow(offered: OfferedTemplate): void {
    this.#newest = offered;
    this.#difficulty.adjust(this.#ports.clock.nowMs());
    this.#sendJob();
  }

  #sendJob(): void {
    if (this.#newest === undefined || this.#worker === undefined) return;
    const { template } = this.#newest;
    const difficulty = Math.min(this.#difficulty.current, targetToDifficulty(template.target));
    if (difficulty !== this.#sentDifficulty)
      this.#ports.send(notificationLine("mining.set_difficulty", difficulty));
    this.#sentDifficulty = difficulty;
    this.#worker.difficulty = difficulty;
    const jobId = `${++this.#jobCount}`;
    this.#jobs.set(jobId, { template: this.#newest.id, difficulty, target: difficultyToTarget(difficulty) });
    for (const oldest of this.#jobs.keys()) {
      if (this.#jobs.size <= JOBS_MAX) break;
      this.#jobs.delete(oldest);
    }
    this.#ports.send(notifyLine(jobId, template.sealRoot, this.#agent ?? ""));
  }

  async #submit({ id, params: [, jobId, digits] }: StratumRequest): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return this.#refuse(id, "unauthorized");
    const nonce = typeof digits === "string" ? nonceOf(digits, this.#options.extranonce) : undefined;
    if (typeof jobId !== "string" || nonce === undefined)
      return this.#refuse(id, "other", "submit takes worker, job and nonce");
    const job = this.#jobs.get(jobId);
    if (job === undefined) return this.#refuseShare(id, worker, "stale");
    const { template, target, difficulty } = job;
    try {
      const { caller, isKnown } = this.#options;
      const block = await this.#ports.templates.submitShare(template, nonce, target, caller, isKnown);
      if (block !== undefined) worker.addBlock(block);
    } catch (error) {
      const outcome = isTrellisError(error) ? refusedShare(error.code) : undefined;
      if (outcome !== undefined) return this.#refuseShare(id, worker, outcome);
      this.#refuse(id, "other", isTrellisError(error) ? error.message : undefined);
      return isTrellisError(error, "MINING_LIMITED") ? this.#ports.close("limited") : undefined;
    }
    worker.add("accepted", difficulty);
    this.#ports.onShare("accepted");
    this.#answer(id, true);
    this.#difficulty.addShare();
    if (this.#difficulty.adjust(this.#ports.clock.nowMs())) this.#sendJob();
  }

  #refuseShare(id: RequestId, worker: Worker, outcome: Exclude<ShareOutcome, "accepted">): void {
    worker.add(outcome, 0);
    this.#ports.onShare(outcome);
    this.#refuse(id, outcome);
  }

  #answer(id: RequestId, result: unknown): void {
    this.#ports.send(JSON.stringify({ id, jsonrpc: "2.0", result, error: null }));
  }

  #refuse(id: RequestId, refusal: keyof typeof REFUSALS, why?: string): void {
    const [code, message] = REFUSALS[refusal];
    this.#ports.send(
      JSON.stringify({ id, jsonrpc: "2.0", result: null, error: [code, why ?? message, null] }),
    );
  }
}
