import type { Chain } from "@trellis/chain";
import { createTemplateService, createWorkVerifier, type TemplateService } from "@trellis/mining";
import type { ServiceIo } from "@trellis/platform/service";
import { systemScheduler, systemSteadyClock } from "@trellis/platform/system";

/** Further submissions are refused: verification would not keep up. */
const QUEUED_MAX = 1_024;
/** A batch of memory-hard hashes takes some seconds on a busy machine. [EXEC-35] */
const ANSWER_MS_MAX = 30_000;

/** Templates for miners outside the process. Their nonces are verified by a worker of their own. */
export async function openTemplates(
  chain: Pick<Chain, "view" | "builder">,
  isReady: () => boolean,
  { lifecycle, log, metrics }: ServiceIo,
): Promise<TemplateService> {
  const verifier = await lifecycle.start(
    "checks of submitted nonces",
    () =>
      createWorkVerifier({
        workers: 1,
        queuedMax: QUEUED_MAX,
        limit: { answerMsMax: ANSWER_MS_MAX, scheduler: systemScheduler },
      }),
    (opened) => opened.close(),
  );
  return lifecycle.start(
    "templates",
    () =>
      createTemplateService({
        builder: chain.builder,
        chain: chain.view,
        verifier,
        isReady,
        clock: systemSteadyClock,
        scheduler: systemScheduler,
        log: log.child("mining"),
        metrics,
      }),
    (service) => service.stop(),
  );
}
